# embed: files that become part of the programs, as a constant table (lib/embed.h). Needs nothing
# but CMake itself: this file is the function and, run with `cmake -P`, the generator.
#
#   include(cmake/embed.cmake)
#   kk_embed(TARGET OUTPUT_C BASES dir… FILES file…)
#
# adds OUTPUT_C to TARGET, made again when a FILE changes. A file's name in the table is its path
# below the first of BASES that holds it; a file below none of them is an error. There is one table
# in a program, so one call carries everything:
#
#   file(GLOB lang CONFIGURE_DEPENDS lib/lang/*.json)
#   file(GLOB forms CONFIGURE_DEPENDS sync/forms/*.json)
#   kk_embed(kk_lib ${CMAKE_BINARY_DIR}/embed.c
#            BASES ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR}/sync FILES ${lang} ${forms})
#   -> "lang/vi.json", "forms/asset.json"

if(NOT CMAKE_SCRIPT_MODE_FILE)
	set(KK_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

	function(kk_embed target output)
		cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "BASES;FILES")
		string(REPLACE ";" "|" bases "${arg_BASES}")
		string(REPLACE ";" "|" files "${arg_FILES}")
		add_custom_command(OUTPUT ${output}
			COMMAND ${CMAKE_COMMAND} -D "OUT=${output}" -D "BASES=${bases}" -D "FILES=${files}"
				-P ${KK_EMBED_SCRIPT}
			DEPENDS ${arg_FILES} ${KK_EMBED_SCRIPT}
			COMMENT "Embedding files"
			VERBATIM)
		target_sources(${target} PRIVATE ${output})
	endfunction()
	return()
endif()

# ---- the generator ----
cmake_policy(VERSION 3.22)
string(REPLACE "|" ";" bases "${BASES}")
string(REPLACE "|" ";" files "${FILES}")

# "name|path" so that sorting goes by name
set(entries)
foreach(file IN LISTS files)
	set(name)
	foreach(base IN LISTS bases)
		string(LENGTH "${base}/" len)
		string(FIND "${file}" "${base}/" at)
		if(at EQUAL 0)
			string(SUBSTRING "${file}" ${len} -1 name)
			break()
		endif()
	endforeach()
	if(NOT name)
		message(FATAL_ERROR "kk_embed: ${file} is below none of: ${bases}")
	endif()
	list(APPEND entries "${name}|${file}")
endforeach()
list(SORT entries)

set(arrays)
set(table)
set(i 0)
foreach(entry IN LISTS entries)
	string(FIND "${entry}" "|" bar)
	string(SUBSTRING "${entry}" 0 ${bar} name)
	math(EXPR bar "${bar} + 1")
	string(SUBSTRING "${entry}" ${bar} -1 file)
	file(READ "${file}" hex HEX)
	file(SIZE "${file}" size)
	string(REGEX REPLACE "(................................)" "\\1\n\t" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
	string(APPEND arrays "static const uint8_t file_${i}[] = {\n\t${hex}0x00};\n\n")
	string(APPEND table "\t{\"${name}\", file_${i}, ${size}},\n")
	math(EXPR i "${i} + 1")
endforeach()

file(WRITE "${OUT}" "/* Made by cmake/embed.cmake: do not edit. */
#include \"lib/embed.h\"

#include <string.h>

${arrays}/* Ended by an entry without a name, so that an empty table is valid C too. */
static const struct embed_file table[] = {
${table}\t{NULL, NULL, 0},
};

const struct embed_file *embed_at(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) - 1 ? &table[i] : NULL;
}

const struct embed_file *embed_find(const char *name)
{
	for (const struct embed_file *f = table; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}
")
