# Tests: one file = one executable, named by its file.
#   tests/{unit,property,sim,scenario,fault}/NAME_test.c  run by ctest, label = folder
#   tests/sim/*.c             the simulator, cmake/sim.cmake
#   tests/*/NAME_test.{sh,py} the same for scripts that drive the programs; they print TAP
#   tests/page/NAME_test.mjs  the pages in a real browser, driven by Node.js; TAP too
#   tests/fuzz/NAME_fuzz.c    LLVMFuzzerTestOneInput; replayed over its corpus by ctest
#   tests/bench/NAME_bench.c  built, never run by ctest
#   tests/tools/NAME.c        helper programs (load generators and the like)
#   tests/support/*.c         linked into all of the above
# Every test runs in the source root and finds the programs in $KK_BIN.
pkg_check_modules(KK_CMOCKA REQUIRED IMPORTED_TARGET cmocka)

kk_layer(kk_test_support tests/support kk_sync PkgConfig::KK_CMOCKA)

# The agent's and the collector's library may both define, say, store_open: a test links
# only the one whose headers it includes.
function(kk_link_layers target file)
	file(STRINGS ${file} inc REGEX "^#include \"(agent|server-stub)/")
	set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	target_link_libraries(${target} PRIVATE kk_test_support)
	if(inc MATCHES "\"agent/")
		target_link_libraries(${target} PRIVATE kk_agent)
	endif()
	if(inc MATCHES "\"server-stub/")
		target_link_libraries(${target} PRIVATE kk_collector)
	endif()
	target_link_libraries(${target} PRIVATE kk_sync kk_lib PkgConfig::KK_CMOCKA)
endfunction()

# Stacks are watched after their return. A thread of a connection lives for one call: its watched stack and what it keeps
# of freed memory before the quarantine of all has it are small, or making them takes most of the time. What is freed is
# watched until 32 MiB more have been: the 256 of the default are pages that a process of a second touches once.
set(KK_ASAN_OPTIONS detect_stack_use_after_return=1:max_uar_stack_size_log=16:thread_local_quarantine_size_kb=64:quarantine_size_mb=32)

# kk_ctest(NAME LABEL COMMAND…): register with the limits and surroundings common to all.
function(kk_ctest name label)
	add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 300 SKIP_RETURN_CODE 77
		ENVIRONMENT "KK_BIN=${CMAKE_BINARY_DIR};KK_SANITIZE=${KK_SANITIZE};KK_NODE_MODULES=${KK_NODE_MODULES};CMOCKA_MESSAGE_OUTPUT=TAP;ASAN_OPTIONS=${KK_ASAN_OPTIONS};UBSAN_OPTIONS=print_stacktrace=1")
endfunction()

foreach(label unit property scenario fault)
	file(GLOB files CONFIGURE_DEPENDS tests/${label}/*_test.c)
	foreach(file IN LISTS files)
		get_filename_component(name ${file} NAME_WE)
		add_executable(${name} ${file})
		if(KK_SANITIZE) # compiled once, run once
			set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS -O0)
		endif()
		kk_link_layers(${name} ${file})
		kk_ctest(${name} ${label} ${name})
	endforeach()
endforeach()

target_link_options(webhook_rule_test PRIVATE -Wl,--wrap=os_thread_start) # a thread that cannot be had
target_link_options(report_test PRIVATE -Wl,--wrap=report_log_fact) # how many records are read

file(GLOB files CONFIGURE_DEPENDS tests/fuzz/*_fuzz.c)
foreach(file IN LISTS files)
	get_filename_component(name ${file} NAME_WE)
	string(REGEX REPLACE "_fuzz$" "" subject ${name})
	if(KK_FUZZ)
		add_executable(${name} ${file})
		target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
		target_link_options(${name} PRIVATE -fsanitize=fuzzer)
	else()
		add_executable(${name} ${file} tests/fuzz/replay_main.c)
		kk_ctest(${name} fuzz ${name} tests/fuzz/corpus/${subject})
	endif()
	kk_link_layers(${name} ${file})
endforeach()

file(GLOB files CONFIGURE_DEPENDS tests/bench/*_bench.c tests/tools/*.c)
foreach(file IN LISTS files)
	get_filename_component(name ${file} NAME_WE)
	add_executable(${name} ${file})
	kk_link_layers(${name} ${file})
endforeach()

find_program(KK_PYTHON python3)
foreach(label sim scenario fault outside check)
	file(GLOB files CONFIGURE_DEPENDS tests/${label}/*_test.sh tests/${label}/*_test.py)
	foreach(file IN LISTS files)
		get_filename_component(name ${file} NAME_WE)
		if(file MATCHES "\\.sh$")
			kk_ctest(${name} ${label} bash ${file})
		else()
			kk_ctest(${name} ${label} ${KK_PYTHON} ${file})
		endif()
	endforeach()
endforeach()

if(KK_PAGES)
	file(GLOB files CONFIGURE_DEPENDS tests/page/*_test.mjs)
	foreach(file IN LISTS files)
		get_filename_component(name ${file} NAME_WE)
		kk_ctest(${name} page ${KK_NODE} ${file})
		set_tests_properties(${name} PROPERTIES TIMEOUT 1200) # what hangs is ended; every screen in both widths takes minutes on a busy machine
		set_property(TEST ${name} APPEND PROPERTY LABELS long)
	endforeach()
	# They need no more than Node.js 18, Debian 12's, and run by 20, Debian 13's. KK_NODE runs them all; whichever of
	# the two it is not is fetched and runs the first of them. Which one ran, start_test says itself.
	execute_process(COMMAND ${KK_NODE} -p "process.versions.node.split('.')[0]" OUTPUT_VARIABLE own
		OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	set_property(TEST start_test APPEND PROPERTY ENVIRONMENT KK_NODE_MAJOR=${own})
	foreach(version 18 20)
		if(NOT version EQUAL own)
			kk_web_node(${version} node)
			if(node)
				kk_ctest(start_node${version}_test page ${node} tests/page/start_test.mjs)
				set_tests_properties(start_node${version}_test PROPERTIES LABELS "page;long" TIMEOUT 600)
				set_property(TEST start_node${version}_test APPEND PROPERTY ENVIRONMENT KK_NODE_MAJOR=${version})
			else()
				message(STATUS "No Node.js ${version} for ${CMAKE_SYSTEM_PROCESSOR}: the pages' tests run by ${own} alone")
			endif()
		endif()
	endforeach()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/sim.cmake)

# Labels of single tests (tests/check/runner.py says where each runs), besides those of their folders:
#   long   the dearest under the sanitizers, by the time of a core or by what they wait for: not in `./check fast`
#   plain  with something to say that a sanitizer does not let them say: with the optimised build, too
#   bare   kills a program at each of its system calls: there alone, a sanitizer sees nothing of it
#   alone  one caller at a time: nothing for the thread sanitizer that the others do not show
function(kk_label label)
	foreach(name IN LISTS ARGN)
		set_property(TEST ${name}_test APPEND PROPERTY LABELS ${label})
	endforeach()
endfunction()
kk_label(long admit agent_draft agent_erase agent_op_import agent_session archive_runs autostart backup blobs calm centre clone
	collector_verify console drafts erase explain forms full_disk ingest keys listing meet merge_property merged nation nginx odd op_cli
	op_owner page programs recover report_keep report_property review session split spreadsheet status stocktake time tree unplugged usb
	usb_order webhook weekly witness workbook xlsform)
set_property(TEST bundle_fuzz entry_fuzz xlsform_fuzz APPEND PROPERTY LABELS long)
kk_label(plain autostart programs usb)
kk_label(bare merge_killed recover_killed)
kk_label(alone autostart backup clone disk drafts erase examples faults forms full_disk keys meet merge_killed merged nation nginx recover recover_killed
	review split stocktake time usb usb_order webhook weekly workbook xlsform)
# The longest begin first: at the end none is waited for alone. Seconds, about, where four run at a time.
set_tests_properties(sim_test PROPERTIES COST 500)
foreach(cost console_screens:380 screens:250 filling:220 start:130 scanner:120 register:110 meet:100 submissions:90 wednesday:90 merged:80
		centre:70 console_forms:70 flows:70 nation:60)
	string(REPLACE ":" ";" cost ${cost})
	list(GET cost 0 name)
	list(GET cost 1 cost)
	if(TEST ${name}_test)
		set_tests_properties(${name}_test PROPERTIES COST ${cost})
	endif()
endforeach()
set_property(TEST examples_test APPEND PROPERTY ENVIRONMENT KK_LEAKS=1) # one run of each command (play.py)
set_property(TEST autostart_test APPEND PROPERTY ENVIRONMENT KK_ONCE_BIN=) # what it installs names the program that did it
set_tests_properties(sim_test PROPERTIES TIMEOUT 1200) # it is to be done in one minute, alone
