# deps.sh: sourced by ./run and ./check. What must be installed, how to see that it is, how to
# install it, and a progress line for whatever lasts.
#
# Probing comes first: with nothing missing there is no root, no apt and no network.
# ./run installs no browser; ./check does, for the tests of the pages. Nothing outside Debian: the few
# libraries of the pages come from npm by lib/web/package-lock.json, and a second Node.js for their tests
# by tests/page/node*/package-lock.json (cmake/web.cmake).

# One line each: group|probe|package. Probes: cmd:NAME  pc:MODULE  file:PATH  py:MODULE  font:FILE
kk_deps_table() {
	cat <<'TABLE'
run|cmd:gcc|gcc
run|file:/usr/include/stdio.h|libc6-dev
run|cmd:cmake|cmake
run|cmd:ninja|ninja-build
run|cmd:pkg-config|pkgconf
run|cmd:flock|util-linux
run|pc:sqlite3|libsqlite3-dev
run|pc:libcurl|libcurl4-openssl-dev
run|pc:libsodium|libsodium-dev
run|pc:libcjson|libcjson-dev
run|pc:libmicrohttpd|libmicrohttpd-dev
run|pc:libzstd|libzstd-dev
run|pc:libutf8proc|libutf8proc-dev
run|pc:libpcre2-8|libpcre2-dev
run|pc:libqrencode|libqrencode-dev
run|pc:expat|libexpat1-dev
run|pc:minizip|libminizip-dev
run|file:/usr/include/hpdf.h|libhpdf-dev
run|file:/usr/include/xlsxwriter.h|libxlsxwriter-dev
run|cmd:node|nodejs
run|cmd:npm|npm
run|font:LiberationSerif-Regular.ttf|fonts-liberation2
check|pc:cmocka|libcmocka-dev
check|cmd:git|git
run|cmd:python3|python3
check|cmd:nm|binutils
check|cmd:clang|clang
check|cmd:ccache|ccache
check|cmd:strace|strace
check|cmd:mandoc|mandoc
check|cmd:openssl|openssl
check|cmd:faketime|faketime
check|cmd:pdftotext|poppler-utils
check|cmd:zbarimg|zbar-tools
check|file:/usr/sbin/nginx|nginx
check|cmd:chromium-headless-shell|chromium-headless-shell
check|file:/usr/share/i18n/locales/vi_VN|locales
TABLE
}

# kk_font FILE: Liberation with Vietnamese letters, which came with its second edition. Debian 12 has both
# editions side by side, 13 the second in the place of the first: told apart by its size.
kk_font() {
	local dir=/usr/share/fonts/truetype size=0
	[ ! -e "$dir/liberation/$1" ] || size=$(stat -L -c %s "$dir/liberation/$1")
	[ -e "$dir/liberation2/$1" ] || [ "$size" -gt 300000 ]
}

kk_probe() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc:}" ;;
	file:*) [ -e "${1#file:}" ] ;;
	font:*) kk_font "${1#font:}" ;;
	*) return 1 ;;
	esac
}

# kk_missing GROUP…: the packages of these groups whose probe fails, one line.
kk_missing() {
	local group probe package out=
	while IFS='|' read -r group probe package; do
		case " $* " in *" $group "*) ;; *) continue ;; esac
		kk_probe "$probe" || out="$out $package"
	done < <(kk_deps_table)
	printf '%s' "${out# }"
}

# kk_debian: true on Debian 12 and 13. KK_OS_RELEASE names another file in tests.
kk_debian() {
	local ID='' VERSION_ID='' file=${KK_OS_RELEASE:-/etc/os-release}
	[ -r "$file" ] || return 1
	# shellcheck disable=SC1090
	. "$file"
	[ "$ID" = debian ] && { [ "$VERSION_ID" = 12 ] || [ "$VERSION_ID" = 13 ]; }
}

# kk_apt CMD…: apt-get without questions, as root. Waits up to ten minutes for another apt:
# DPkg::Lock::Timeout covers dpkg's lock, the loop the lock of the package lists.
kk_apt() {
	local as=() log=$KK_LOGS/apt.log end=$((SECONDS + 600))
	[ "$(id -u)" = 0 ] || as=(sudo -n)
	while ! "${as[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 </dev/null; do
		if [ "$SECONDS" -ge "$end" ] || ! grep -Eq 'Could not get lock|Unable to (acquire|lock)' "$log"; then
			cat "$log" >&2
			return 1
		fi
		sleep 3
	done
}

# kk_need GROUP…: return when everything of these groups is there, after installing what is not;
# otherwise say exactly what to do and exit 69.
kk_need() {
	local missing
	missing=$(kk_missing "$@")
	[ -n "$missing" ] || return 0
	if ! kk_debian; then
		printf 'Missing: %s\n' "$missing" >&2
		printf 'These are the Debian names. This is not Debian 12 or 13: install the like, then start again.\n' >&2
		exit 69
	fi
	if [ "$(id -u)" != 0 ] && ! { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }; then
		printf 'Some packages are missing, and there is neither root nor sudo. As root, run:\n' >&2
		printf 'apt-get update && apt-get install -y --no-install-recommends %s\n' "$missing" >&2
		exit 69
	fi
	# shellcheck disable=SC2086
	if ! kk_step "apt-get update" kk_apt update ||
		! kk_step "installing $missing" kk_apt install --no-install-recommends $missing; then
		printf 'Could not install: %s\n' "$missing" >&2
		exit 69
	fi
	missing=$(kk_missing "$@")
	[ -z "$missing" ] || { printf 'Still missing after installation: %s\n' "$missing" >&2; exit 69; }
}

# kk_step LABEL CMD…: run CMD in the foreground (Ctrl-C reaches it), say what is going on now and
# every five seconds, and how long it took when that was over a second.
kk_step() {
	local label=$1 start=$SECONDS ticker status=0
	shift
	printf -- '- %s\n' "$label"
	(
		trap 'kill $! 2>/dev/null; exit 0' TERM
		while sleep 5 >/dev/null 2>&1 & wait $! && kill -0 $$ 2>/dev/null; do
			printf '  … %s: %s s\n' "$label" "$((SECONDS - start))"
		done
	) &
	ticker=$!
	"$@" || status=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null
	[ "$((SECONDS - start))" -le 1 ] || printf '  %s s\n' "$((SECONDS - start))"
	return "$status"
}

# kk_build DIR CMAKE-ARGS…: configure and build; the log is shown only when it fails. A build
# folder that was made for another place (the tree was copied or moved) is made anew.
kk_build() {
	local dir=$1 log home
	shift
	mkdir -p "$dir"
	log=$dir/build.log
	if [ -f "$dir/CMakeCache.txt" ]; then
		home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$dir/CMakeCache.txt")
		[ "$home" = "$KK_ROOT" ] || { rm -rf "$dir"; mkdir -p "$dir"; }
	fi
	if ! cmake -S "$KK_ROOT" -B "$dir" -G Ninja "$@" >"$log" 2>&1 </dev/null ||
		! cmake --build "$dir" >>"$log" 2>&1 </dev/null; then
		tail -n 60 "$log" >&2
		return 1
	fi
}
