# The simulator: both programs and the contract in one process, over tests/sim's disks, clock and
# network instead of lib/os_*.c, lib/http.c and lib/httpd.c. A function of those three headers that
# the programs begin to use is "undefined" here until tests/sim/os_sim.c or net.c has it.
#   sim              the programs as they are
#   sim-NAME         the same with one fault built in, for each mutant of tests/sim/mutants.txt
file(GLOB kk_sim_src CONFIGURE_DEPENDS tests/sim/*.c)
add_library(kk_sim OBJECT ${kk_sim_src} tests/support/rng.c)
target_link_libraries(kk_sim PUBLIC kk_flags PkgConfig::KK_DEPS PkgConfig::KK_CMOCKA)

set(kk_sim_lib ${CMAKE_BINARY_DIR}/libsim_lib.a)
set(kk_sim_collector ${CMAKE_BINARY_DIR}/libsim_collector.a)
set(kk_sim_script ${CMAKE_SOURCE_DIR}/tests/sim/archives.sh)
add_custom_command(OUTPUT ${kk_sim_collector} ${kk_sim_lib} DEPENDS kk_collector kk_agent kk_lib ${kk_sim_script}
	COMMAND sh ${kk_sim_script} ${CMAKE_NM} ${CMAKE_OBJCOPY} ${CMAKE_AR} $<TARGET_FILE:kk_agent>
		$<TARGET_FILE:kk_collector> $<TARGET_FILE:kk_lib> ${CMAKE_BINARY_DIR}
	COMMENT "Fitting libraries for sim" VERBATIM)
add_custom_target(kk_sim_archives DEPENDS ${kk_sim_lib} ${kk_sim_collector})

# kk_sim_program(NAME objects…): objects come first, so that they stand for the archives' own.
function(kk_sim_program name)
	add_executable(${name} $<TARGET_OBJECTS:kk_sim> ${ARGN})
	add_dependencies(${name} kk_sim_archives kk_agent kk_sync)
	target_link_libraries(${name} PRIVATE kk_flags $<TARGET_FILE:kk_agent> ${kk_sim_collector}
		$<TARGET_FILE:kk_sync> ${kk_sim_lib} PkgConfig::KK_DEPS ${KK_HPDF} ${KK_XLSXWRITER} PkgConfig::KK_CMOCKA m
		-Wl,--wrap=lang_load,--wrap=lang_free,--wrap=form_parse,--wrap=form_free
		-Wl,--wrap=crypt_verify,--wrap=crypt_pk_check,--wrap=crypt_sha256
		-Wl,--wrap=sodium_malloc,--wrap=sodium_free,--wrap=sodium_mprotect_noaccess,--wrap=sodium_mprotect_readonly)
	set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS $<TARGET_FILE:kk_agent> ${kk_sim_collector}
		$<TARGET_FILE:kk_sync> ${kk_sim_lib})
endfunction()

kk_sim_program(sim)

# ---- mutants ----
# Only where the check looks for them: in the plain build with optimisation.
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT KK_SANITIZE)
	find_program(KK_PYTHON python3 REQUIRED)
	set(kk_mutate ${CMAKE_SOURCE_DIR}/tests/sim/mutate.py)
	set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
		${CMAKE_SOURCE_DIR}/tests/sim/mutants.txt)
	execute_process(COMMAND ${KK_PYTHON} ${kk_mutate} --words OUTPUT_FILE ${CMAKE_BINARY_DIR}/sim-mutants.txt
		COMMAND_ERROR_IS_FATAL ANY)
	execute_process(COMMAND ${KK_PYTHON} ${kk_mutate} --list OUTPUT_VARIABLE mutants
		OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	string(REPLACE ";" ":" mutants "${mutants}")
	string(REPLACE "\n" ";" mutants "${mutants}")
	foreach(mutant IN LISTS mutants)
		string(REGEX MATCH "^(.*):(.*)$" mutant "${mutant}")
		set(name ${CMAKE_MATCH_1})
		set(file ${CMAKE_MATCH_2})
		set(copy ${CMAKE_BINARY_DIR}/mutants/${name}/${file})
		add_custom_command(OUTPUT ${copy} COMMAND ${KK_PYTHON} ${kk_mutate} ${name} ${copy}
			DEPENDS ${kk_mutate} tests/sim/mutants.txt ${file} COMMENT "Breaking ${file}: ${name}" VERBATIM)
		add_library(kk_mutant_${name} OBJECT ${copy})
		target_link_libraries(kk_mutant_${name} PUBLIC kk_flags PkgConfig::KK_DEPS)
		target_compile_options(kk_mutant_${name} PRIVATE -w)
		kk_sim_program(sim-${name} $<TARGET_OBJECTS:kk_mutant_${name}>)
		target_link_options(sim-${name} PRIVATE -s)
	endforeach()
endif()
