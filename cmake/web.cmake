# web: the pages. Their libraries come from npm once, at build time, by the lock file
# (lib/web/package-lock.json) and its hashes; each file is gzipped and embedded. Nothing is fetched at
# run time. This file is the function and, run with `cmake -P`, what fetches.
#
#   include(cmake/web.cmake)
#   kk_web(RETFILES)                 files for kk_embed, below ${CMAKE_BINARY_DIR}
#
# Sets KK_NODE and KK_NODE_MODULES (with KK_TESTS also what the pages are tested with). The modules
# lie in $KK_WEB_CACHE, or .cache/web in the tree, in a folder named by the lock file, so that
# several builds of one tree fetch once.
#
#   kk_web_node(VERSION RETPROGRAM)  Node.js of another version than KK_NODE's, for tests only
#
# By its own lock file (tests/page/nodeVERSION); nothing is installed, PATH's node stays what it is.
# Empty where nobody publishes it (neither x86-64 nor arm64).

if(NOT CMAKE_SCRIPT_MODE_FILE)
	set(KK_WEB_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
	set(KK_WEB ${CMAKE_SOURCE_DIR}/lib/web)

	# What the pages use of npm: file of a module | name it is served by.
	set(KK_WEB_MODULES
		"htm/preact/standalone.module.js|lib/preact.js"
		"@picocss/pico/css/pico.min.css|lib/pico.css")

	macro(kk_web_modules)
		find_program(KK_NODE NAMES node nodejs)
		find_program(KK_NPM npm)
		if(NOT KK_NODE OR NOT KK_NPM)
			message(FATAL_ERROR "The pages need Node.js 18 or later and npm (Debian: nodejs, npm), and neither or only "
				"one of them is here. Install them, or build without pages: -DKK_PAGES=OFF")
		endif()
		set(which run)
		if(KK_TESTS)
			set(which test)
		endif()
		kk_web_fetch(lib/web ${which} KK_NODE_MODULES)
	endmacro()

	# The folder of modules that the lock file in FROM names, fetched when it is first needed.
	function(kk_web_fetch from which ret)
		set(folder ${CMAKE_SOURCE_DIR}/${from})
		file(SHA256 ${folder}/package-lock.json hash)
		string(SUBSTRING ${hash} 0 16 hash)
		set(cache $ENV{KK_WEB_CACHE})
		if(NOT cache)
			set(cache ${CMAKE_SOURCE_DIR}/.cache/web)
		endif()
		set(modules ${cache}/${hash}-${which}/node_modules)
		add_custom_command(OUTPUT ${modules}/.package-lock.json
			COMMAND ${CMAKE_COMMAND} -D NPM=${KK_NPM} -D FROM=${folder} -D NPMRC=${KK_WEB}/.npmrc -D CACHE=${cache}
				-D WHICH=${which} -D INTO=${cache}/${hash}-${which} -P ${KK_WEB_SCRIPT}
			DEPENDS ${folder}/package.json ${folder}/package-lock.json ${KK_WEB_SCRIPT}
			COMMENT "Fetching by ${from}/package-lock.json" VERBATIM)
		set(${ret} ${modules} PARENT_SCOPE)
	endfunction()

	function(kk_web_node version ret)
		set(${ret} "" PARENT_SCOPE)
		if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
			set(machine x64)
		elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
			set(machine arm64)
		else()
			return()
		endif()
		kk_web_fetch(tests/page/node${version} test modules)
		add_custom_target(node${version} ALL DEPENDS ${modules}/.package-lock.json)
		set(${ret} ${modules}/node-linux-${machine}/bin/node PARENT_SCOPE)
	endfunction()

	function(kk_web ret)
		set(named)
		set(outputs)
		foreach(folder "lib/web|lib" "agent/web|agent" "server-stub/web|centre")
			string(REPLACE "|" ";" folder ${folder})
			list(GET folder 0 from)
			list(GET folder 1 to)
			file(GLOB found CONFIGURE_DEPENDS ${from}/*.html ${from}/*.js ${from}/*.css ${from}/*.svg)
			foreach(file IN LISTS found)
				get_filename_component(name ${file} NAME)
				list(APPEND named "${file}|${to}/${name}")
				list(APPEND outputs ${CMAKE_BINARY_DIR}/pages/${to}/${name})
				list(APPEND depends ${file})
			endforeach()
		endforeach()
		foreach(module IN LISTS KK_WEB_MODULES)
			string(REGEX REPLACE "^.*\\|" "" name ${module})
			list(APPEND named "${KK_NODE_MODULES}/${module}")
			list(APPEND outputs ${CMAKE_BINARY_DIR}/pages/${name})
		endforeach()
		add_custom_command(OUTPUT ${outputs}
			COMMAND ${KK_NODE} ${KK_WEB}/pack.mjs ${CMAKE_BINARY_DIR}/pages ${named}
			DEPENDS ${depends} ${KK_WEB}/pack.mjs ${KK_NODE_MODULES}/.package-lock.json
			COMMENT "Packing the pages" VERBATIM)
		set(${ret} ${outputs} PARENT_SCOPE)
	endfunction()

	kk_web_modules()
	return()
endif()

# ---- fetching ----
cmake_policy(VERSION 3.22)
file(MAKE_DIRECTORY ${CACHE})
file(LOCK ${CACHE}/lock GUARD PROCESS TIMEOUT 600)
if(NOT EXISTS ${INTO}/node_modules/.package-lock.json)
	file(REMOVE_RECURSE ${INTO} ${INTO}.new)
	file(MAKE_DIRECTORY ${INTO}.new)
	file(COPY ${FROM}/package.json ${FROM}/package-lock.json ${NPMRC} DESTINATION ${INTO}.new)
	set(omit)
	if(WHICH STREQUAL "run")
		set(omit --omit=dev)
	endif()
	execute_process(COMMAND ${NPM} ci --ignore-scripts ${omit} --cache ${CACHE}/npm --loglevel error
		WORKING_DIRECTORY ${INTO}.new RESULT_VARIABLE status)
	if(NOT status EQUAL 0)
		message(FATAL_ERROR "npm could not fetch what the pages are made of and tested with (${FROM}/package-lock.json). A first "
			"build needs a connection; without one, build without pages: -DKK_PAGES=OFF")
	endif()
	file(RENAME ${INTO}.new ${INTO})
endif()
file(TOUCH ${INTO}/node_modules/.package-lock.json)
