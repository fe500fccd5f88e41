#!/usr/bin/env python3
"""layers: who may include what, one file per third-party header, system headers in one file, SQL in
*_sql.h only. The table is that of docs/ARCHITECTURE.md (layers). Tests may include anything of ours
and any system header; they still include by root path."""
import os
import re

import common

MAY = {"lib": {"lib"}, "sync": {"lib", "sync"}, "agent": {"lib", "sync", "agent"},
       "server-stub": {"lib", "sync", "server-stub"}}

# A witness knows notes and trees, nothing of entries: it has nothing to judge them by.
WITNESS = re.compile(r"server-stub/(op_|routes_)?witness(_\w+)?\.[ch]")
WITNESS_MAY = re.compile(r"lib/.*|sync/(cosign|note|tree)\.h|server-stub/(witness\w*|routes_witness|vault|listen|ops)\.h")

OWNER = [  # header pattern, the only file that may include it
    (r"sodium.*\.h|sodium/.*", "lib/crypt.c"),
    (r"(cjson/)?cJSON.*\.h", "lib/json.c"),
    (r"sqlite3.*\.h", "lib/db.c"),
    (r"curl/.*", "lib/http.c"),
    (r"microhttpd\.h", "lib/httpd.c"),
    (r"zstd.*\.h|zdict\.h", "lib/zst.c"),
    (r"utf8proc\.h", "lib/text.c"),
    (r"pcre2.*\.h", "lib/re.c"),
    (r"hpdf.*\.h", "lib/pdf.c"),
    (r"qrencode\.h", "lib/qr.c"),
    (r"minizip/.*", "lib/zip.c"),
    (r"expat.*\.h", "lib/xlsx.c"),
    (r"xlsxwriter.*", "lib/sheet.c"),
]
POSIX = re.compile(r"lib/os_posix(_[a-z]+)?\.[ch]")  # lib/os.h on POSIX; the header is theirs alone
C17 = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
    stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype""".split())
NOT_OURS = {"locale", "signal", "threads", "time"}  # C17, but the system's business: behind lib/os.h
SYSTEM = {"lib/os_net.c": None, "lib/httpd.c": {"sys/types.h", "sys/socket.h", "netinet/in.h", "arpa/inet.h"}}
MACRO = re.compile(r"^\s*#\s*(?:define|if|ifdef|ifndef|elif)\b.*\b(_GNU_SOURCE|_POSIX_C_SOURCE|_DEFAULT_SOURCE|"
                   r"_XOPEN_SOURCE|_WIN32|__linux__|__unix__|__APPLE__)\b", re.M)
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|REPLACE|WITH|VACUUM|ATTACH)\s+"
                 r"(\*|\w+)", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)


def own_include(root, path, layer, inc):
    if "/" not in inc or ".." in inc.split("/") or not os.path.isfile(os.path.join(root, inc)):
        return 'include "%s" is not a path from the root' % inc
    target = inc.split("/")[0]
    if layer in MAY and target not in MAY[layer]:
        return "%s may not include %s" % (layer, inc)
    if WITNESS.fullmatch(path) and not WITNESS_MAY.fullmatch(inc):
        return "a witness may not include %s" % inc
    if POSIX.fullmatch(inc) and not POSIX.fullmatch(path):
        return "%s belongs to lib/os_posix*.c alone" % inc
    if layer == "tests" and target not in common.LAYERS + ("tests",):
        return "tests may not include %s" % inc
    return None


def system_include(path, layer, inc):
    for pattern, owner in OWNER:
        if re.fullmatch(pattern, inc):
            return None if path == owner or layer == "tests" else "<%s> belongs to %s alone" % (inc, owner)
    if layer == "tests":
        return None
    stem = inc[:-2] if inc.endswith(".h") else inc
    if stem in C17 and stem not in NOT_OURS:
        return None
    if POSIX.fullmatch(path):
        return None
    if path in SYSTEM and (SYSTEM[path] is None or inc in SYSTEM[path]):
        return None
    return "<%s> belongs behind lib/os.h, in lib/os_*.c" % inc


def check_file(root, path):
    layer, src, wrong = path.split("/")[0], common.CFile(common.read(root, path)), []
    for m in INCLUDE.finditer(common.C_TOKEN.sub(lambda t: t.group(0) if t.group(0)[0] == '"' else
                              re.sub(r"[^\n]", " ", t.group(0)), src.text)):
        message = own_include(root, path, layer, m.group(1)) if m.group(1) else system_include(path, layer, m.group(2))
        if message:
            wrong.append(("%s:%d" % (path, src.line_of(m.start())), message))
    if layer == "tests":
        return wrong
    for m in MACRO.finditer(src.code):
        if not path.startswith("lib/os_"):
            wrong.append(("%s:%d" % (path, src.line_of(m.start())), "%s: one file per system, chosen by CMake" % m.group(1)))
    # lib/db is the mechanism itself: its header holds the triggers that every store takes over
    if not path.endswith("_sql.h") and path not in ("lib/db.c", "lib/db.h"):
        wrong += [("%s:%d" % (path, line), "SQL outside *_sql.h: \"%.40s\"" % s) for line, s in src.strings if SQL.match(s)]
    return wrong


def check(root):
    wrong = []
    for path in common.files(root):
        if path.endswith((".c", ".h")) and path.split("/")[0] in common.LAYERS + ("tests",):
            wrong += check_file(root, path)
    return wrong


CLEAN = {
    "lib/a.h": "int a_x(void);\n", "sync/b.h": '#include "lib/a.h"\n#include <stdint.h>\n',
    "agent/c.c": '#include "sync/b.h"\n/* #include <unistd.h> and SELECT 1 in a comment */\n', "server-stub/d.h": "\n",
    "agent/store_sql.h": 'static const char *const sql[] = {"SELECT id FROM entry"};\n',
    "lib/db.c": "#include <sqlite3.h>\n", "lib/os_posix.c": '#include "lib/os_posix.h"\n#include <unistd.h>\n#include <time.h>\n',
    "lib/os_posix.h": "#include <sys/types.h>\n", "lib/os_posix_file.c": "#include <fcntl.h>\n",
    "tests/unit/a_test.c": '#include "agent/c.h"\n#include <unistd.h>\n', "agent/c.h": "\n",
}
PLANTED = [
    ("lib including sync", {"lib/x.c": '#include "sync/b.h"\n'}, "lib may not include"),
    ("sync including agent", {"sync/x.c": '#include "agent/c.h"\n'}, "sync may not include"),
    ("agent including server-stub", {"agent/x.c": '#include "server-stub/d.h"\n'}, "agent may not include"),
    ("server-stub including agent", {"server-stub/x.c": '#include "agent/c.h"\n'}, "server-stub may not include"),
    ("a relative include", {"lib/x.c": '#include "a.h"\n'}, "not a path from the root"),
    ("a path with ..", {"sync/x.c": '#include "sync/../lib/a.h"\n'}, "not a path from the root"),
    ("an include of nothing", {"lib/x.c": '#include "lib/none.h"\n'}, "not a path from the root"),
    ("cJSON.h twice", {"sync/x.c": "#include <cjson/cJSON.h>\n"}, "belongs to lib/json.c"),
    ("sodium.h elsewhere", {"agent/x.c": "#include <sodium.h>\n"}, "belongs to lib/crypt.c"),
    ("a POSIX header", {"lib/x.c": "#include <sys/stat.h>\n"}, "behind lib/os.h"),
    ("a POSIX header in a file that only sounds like it", {"lib/os_posixy.c": "#include <sys/stat.h>\n"}, "behind lib/os.h"),
    ("a POSIX file elsewhere", {"agent/os_posix.c": "#include <sys/stat.h>\n"}, "behind lib/os.h"),
    ("os_posix.h elsewhere", {"lib/x.c": '#include "lib/os_posix.h"\n'}, "belongs to lib/os_posix*.c"),
    ("time.h", {"agent/x.c": "  #  include  <time.h>\n"}, "behind lib/os.h"),
    ("unistd.h in httpd.c", {"lib/httpd.c": "#include <unistd.h>\n"}, "behind lib/os.h"),
    ("a feature macro", {"lib/x.c": "#define _GNU_SOURCE\n"}, "_GNU_SOURCE"),
    ("an #ifdef for a system", {"agent/x.c": "#ifdef _WIN32\n#endif\n"}, "_WIN32"),
    ("SQL in a .c file", {"agent/x.c": 'const char *x = "SELECT id FROM entry";\n'}, "SQL outside"),
]

if __name__ == "__main__":
    common.main("layers", check, CLEAN, PLANTED)
