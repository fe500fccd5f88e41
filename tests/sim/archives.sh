#!/bin/sh
# archives: copies of two libraries for the simulator, where both programs are one and have no system
# below them. The collector's: what the agent defines too has the prefix collector_, and so has every
# op_NAME. lib's: without the files that talk to the system, whose headers tests/sim implements.
#   archives.sh NM OBJCOPY AR AGENT.a COLLECTOR.a LIB.a FOLDER
set -eu
nm=$1 objcopy=$2 ar=$3 agent=$4 collector=$5 lib=$6 out=$7

{ "$nm" -g --defined-only "$agent"; echo ==; "$nm" -g --defined-only "$collector"; } | awk '
	/^==$/ { second = 1 }
	NF == 3 && !second { agent[$3] }
	NF == 3 && second && ($3 ~ /^op_/ || $3 in agent) { print $3, "collector_" $3 }' >"$out/sim_names.txt"
"$objcopy" --redefine-syms="$out/sim_names.txt" "$collector" "$out/libsim_collector.a"

cp "$lib" "$out/libsim_lib.a"
"$ar" t "$lib" | grep -E '^(os_.*|http|httpd|httpd_(req|problem|guard|route))\.c\.o$' | xargs "$ar" d "$out/libsim_lib.a"
