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
		file(SHA256 ${KK_WEB}/package-lock.json hash)
		string(SUBSTRING ${hash} 0 16 hash)
		set(cache $ENV{KK_WEB_CACHE})
		if(NOT cache)
			set(cache ${CMAKE_SOURCE_DIR}/.cache/web)
		endif()
		set(which run)
		if(KK_TESTS)
			set(which test)
		endif()
		set(KK_NODE_MODULES ${cache}/${hash}-${which}/node_modules)
		add_custom_command(OUTPUT ${KK_NODE_MODULES}/.package-lock.json
			COMMAND ${CMAKE_COMMAND} -D NPM=${KK_NPM} -D WEB=${KK_WEB} -D CACHE=${cache} -D WHICH=${which}
				-D INTO=${cache}/${hash}-${which} -P ${KK_WEB_SCRIPT}
			DEPENDS ${KK_WEB}/package.json ${KK_WEB}/package-lock.json ${KK_WEB_SCRIPT}
			COMMENT "Fetching the pages' libraries" VERBATIM)
	endmacro()

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
	file(COPY ${WEB}/package.json ${WEB}/package-lock.json ${WEB}/.npmrc DESTINATION ${INTO}.new)
	set(omit)
	if(WHICH STREQUAL "run")
		set(omit --omit=dev)
	endif()
	execute_process(COMMAND ${NPM} ci --ignore-scripts ${omit} --cache ${CACHE}/npm --loglevel error
		WORKING_DIRECTORY ${INTO}.new RESULT_VARIABLE status)
	if(NOT status EQUAL 0)
		message(FATAL_ERROR "npm could not fetch the pages' libraries (lib/web/package-lock.json). A first build needs a "
			"connection; without one, build without pages: -DKK_PAGES=OFF")
	endif()
	file(RENAME ${INTO}.new ${INTO})
endif()
file(TOUCH ${INTO}/node_modules/.package-lock.json)
