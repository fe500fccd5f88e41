#!/usr/bin/env bash
# deps_test: what ./run and ./check do about packages, with every outside command replaced: no apt when
# nothing is missing; the exact line and 69 without root and sudo; the names and 69 elsewhere than on
# Debian 12 and 13; a busy apt is waited for; a failing one ends with 69.
set -u
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 70
top=$(mktemp -d) || exit 70
trap 'rm -rf -- "$top"' EXIT
n=0 bad=0

# case TITLE STATUS PATTERN: run the script on stdin in a clean shell with deps.sh sourced.
case_() {
	local title=$1 want=$2 pattern=$3 status=0 out
	out=$(KK_LOGS=$top PATH="$top/bin:$PATH" bash -u -c '. packaging/deps.sh; '"$(cat)" 2>&1 </dev/null) || status=$?
	n=$((n + 1))
	if [ "$status" = "$want" ] && printf '%s' "$out" | grep -Eq -- "$pattern"; then
		printf 'ok %d - deps: %s\n' "$n" "$title"
	else
		bad=1
		printf 'not ok %d - deps: %s\n# status %s, wanted %s and /%s/\n' "$n" "$title" "$status" "$want" "$pattern"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

mkdir -p "$top/bin"
printf 'ID=debian\nVERSION_ID="12"\n' >"$top/debian12"
printf 'ID=debian\nVERSION_ID="13"\n' >"$top/debian13"
printf 'ID=ubuntu\nVERSION_ID="24.04"\n' >"$top/ubuntu"
cat >"$top/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$@" >>"$KK_LOGS/apt.calls"
[ ! -e "$KK_LOGS/busy" ] || { rm "$KK_LOGS/busy"; echo 'E: Could not get lock /var/lib/apt/lists/lock.'; exit 100; }
[ ! -e "$KK_LOGS/broken" ] || { echo 'E: Unable to locate package'; exit 100; }
[ "$(echo "$@" | grep -c install)" = 0 ] || touch "$KK_LOGS/installed"
STUB
chmod +x "$top/bin/apt-get"

# shellcheck disable=SC2016
{
	case_ "nothing missing: no apt" 0 '^quiet$' <<-'X'
		kk_missing() { :; }
		kk_need run check
		[ -e "$KK_LOGS/apt.calls" ] || echo quiet
	X
	case_ "probes find what is here" 0 '^gcc file none$' <<-'X'
		kk_probe cmd:bash && printf 'gcc '
		kk_probe file:/etc/passwd && printf 'file '
		kk_probe cmd:no-such-command-here || kk_probe pc:no-such-module || kk_probe file:/none || echo none
	X
	case_ "neither root nor sudo: the exact line" 69 '^apt-get update && apt-get install -y --no-install-recommends ninja-build$' <<-'X'
		KK_OS_RELEASE=$KK_LOGS/debian12
		kk_missing() { printf ninja-build; }
		id() { echo 1000; }
		sudo() { return 1; }
		kk_need run
	X
	case_ "not Debian: the names" 69 '^Missing: ninja-build cmake$' <<-'X'
		KK_OS_RELEASE=$KK_LOGS/ubuntu
		kk_missing() { printf 'ninja-build cmake'; }
		kk_need run
	X
	case_ "Debian 13: update, then install without recommends, waiting for locks" 0 '^done 2$' <<-'X'
		KK_OS_RELEASE=$KK_LOGS/debian13
		kk_missing() { [ -e "$KK_LOGS/installed" ] || printf 'ninja-build cmake'; }
		id() { echo 0; }
		kk_need run
		grep -q -- 'DPkg::Lock::Timeout=.* install --no-install-recommends ninja-build cmake$' "$KK_LOGS/apt.calls" && echo "done $(wc -l <"$KK_LOGS/apt.calls")"
		rm "$KK_LOGS/apt.calls" "$KK_LOGS/installed"
	X
	case_ "a busy apt is waited for" 0 '^done 3$' <<-'X'
		KK_OS_RELEASE=$KK_LOGS/debian12
		touch "$KK_LOGS/busy"
		kk_missing() { [ -e "$KK_LOGS/installed" ] || printf 'cmake'; }
		id() { echo 0; }
		sleep() { case $1 in 3) : ;; *) command sleep "$1" ;; esac; }
		kk_need run
		echo "done $(wc -l <"$KK_LOGS/apt.calls")"
		rm "$KK_LOGS/installed"
	X
	case_ "a failing apt: what it said, and 69" 69 'Unable to locate package' <<-'X'
		KK_OS_RELEASE=$KK_LOGS/debian12
		touch "$KK_LOGS/broken"
		kk_missing() { printf 'cmake'; }
		id() { echo 0; }
		kk_need run
	X
}
for option in --nonsense extra; do
	n=$((n + 1)) status=0
	./run "$option" >/dev/null 2>&1 </dev/null || status=$?
	if [ "$status" = 64 ]; then echo "ok $n - run refuses $option"; else bad=1; echo "not ok $n - run refuses $option: $status"; fi
done
echo "1..$n"
exit "$bad"
