#!/usr/bin/env python3
"""lang: every text a person reads is there in Vietnamese and English and is a text.

lib/lang/vi.json, en.json: the same keys, NFC, the same {places}; each key literal used in C exists; each
key is used, or begins with a prefix that C completes ("clause." "%s"); what err_set gives covers the
places. sync/forms/*.json: each form, field and list value has both labels; none equals its code or
holds "_". Vietnamese texts put tone marks as the government prints them (khóa, hòa, thủy; quý), messages hold no
word of the programmers' and one word for one thing. They have diacritics, unless tests/check/exceptions.txt gives the reason (rule `plain`)."""
import json
import os
import re
import unicodedata

import common

KEY = re.compile(r"[a-z][a-z0-9]*(?:[._-][A-Za-z0-9]+)*")
DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)+")
PREFIX = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.)(?:%s.*)?")
PLACE = re.compile(r"\{([a-z0-9_]+)\}")
PROMPT = re.compile(r"^\S.*: $")  # something is typed right behind it
FILE_NAME = re.compile(r"\.(json|db|txt|csv|ndjson|pub|zst|tmp|new|key|log|html|css|js|sock|lock|bin|line|local|port|pid)$")
CODE_DIRS = ("lib", "sync", "agent", "server-stub")


# tone marks stand on the first vowel of a final oa, oe, uy: "khóa"; after q the u is no vowel: "quý"
TONE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)")
WORDS = {"conflict": "hai giá trị khác nhau", "hash": "mã băm", "feed": "dòng ghi", "sync": "gửi và nhận", "server": "máy thu",
         "chữ ký số": "niêm phong", "xung đột": "hai giá trị khác nhau", "máy chủ": "máy thu", "ghi danh": "đăng ký", "vân tay": "dấu vân"}
FORBIDDEN = re.compile(r"(?<![\w-])(?<!kiemke )(?<!kiemke-collector )(%s)(?!\w)" % "|".join(WORDS))


def unique(pairs):
    seen = {}
    for k, v in pairs:
        if k in seen:
            raise ValueError("member twice: %s" % k)
        seen[k] = v
    return seen


def load(root, path, wrong):
    try:
        return json.loads(common.read(root, path), object_pairs_hook=unique)
    except (OSError, ValueError) as e:
        wrong.append((path, str(e)))
        return {}


def marked(text):
    """True if a Vietnamese mark or đ stands somewhere in it."""
    return any(c in "đĐ" or unicodedata.combining(c) for c in unicodedata.normalize("NFD", text))


def wording(place, text, message):
    """What is wrong with the Vietnamese of a text; forbidden words in messages only: a form may name a thing so."""
    low = PLACE.sub(" ", unicodedata.normalize("NFC", text)).lower()
    wrong = [(place, "tone mark on the wrong vowel: \"…%s\"" % m.group(0)) for m in TONE.finditer(low)]
    if message:
        wrong += [(place, "the word \"%s\": write \"%s\"" % (m.group(1), WORDS[m.group(1)])) for m in FORBIDDEN.finditer(low)]
    return wrong


class Plain:
    """The rule `plain`: which texts may do without diacritics, and which of the exceptions were used."""

    def __init__(self, root):
        self.reasons, self.used = common.exceptions(root, "plain"), set()

    def wrong(self, place, text):
        if marked(text) or not re.search(r"[A-Za-z]{2}", PLACE.sub("", text)):
            return None
        if place in self.reasons:
            self.used.add(place)
            return None
        return (place, "Vietnamese without diacritics: \"%.50s\"" % text)


def texts(root, wrong, plain):
    vi, en = (load(root, "lib/lang/%s.json" % x, wrong) for x in ("vi", "en"))
    for name, one, other in (("vi", vi, en), ("en", en, vi)):
        path = "lib/lang/%s.json" % name
        if list(one) != sorted(one):
            wrong.append((path, "keys are not sorted"))
        for key, text in one.items():
            place = "%s:%s" % (path, key)
            if not isinstance(text, str) or not text.strip() or text != text.rstrip() and not PROMPT.search(text):
                wrong.append((place, "not a text, or blank at an end"))
                continue
            if not KEY.fullmatch(key):
                wrong.append((place, "not a key"))
            if unicodedata.normalize("NFC", text) != text:
                wrong.append((place, "not NFC"))
            if key not in other:
                wrong.append((place, "missing in the other language"))
            elif isinstance(other[key], str) and set(PLACE.findall(text)) != set(PLACE.findall(other[key])):
                wrong.append((place, "other {places} than the other language"))
            if text == key:
                wrong.append((place, "the text is its own key"))
        if name == "vi":
            wrong += filter(None, (plain.wrong("%s:%s" % (path, k), t) for k, t in one.items() if isinstance(t, str)))
            wrong += [w for k, t in one.items() if isinstance(t, str) for w in wording("%s:%s" % (path, k), t, True)]
    return vi


DIRECT = {"err_set": 3, "err_num": 3, "lang_text": 1, "lang_has": 1, "lang_format": 2}


def used_keys(root, vi, wrong):
    """Literals that are keys, and prefixes that C completes; direct uses are checked on the way."""
    keys, prefixes, areas = set(), set(), {k.split(".")[0] for k in vi}
    notkey, notkey_used = common.exceptions(root, "notkey"), set()
    for path in common.files(root):
        if path.split("/")[0] not in CODE_DIRS or not path.endswith((".c", ".h", ".js", ".html")):
            continue
        src = common.CFile(common.read(root, path))
        for line, s in src.strings:
            if s in vi or DOTTED.fullmatch(s):
                keys.add(s)
            m = PREFIX.fullmatch(s)
            if m:
                prefixes.add(m.group(1))
        for func, at in DIRECT.items():
            for line, args in src.calls(func):
                key = common.literal(args[at]) if len(args) > at else None
                if key is None or key == "":
                    continue
                place = "%s:%d" % (path, line)
                if key not in vi:
                    wrong.append((place, "key not in lib/lang: %s" % key))
                elif func in ("err_set", "err_num"):
                    wrong += gaps(place, func, args, key, vi[key], src)
        # a file's own wrappers of err_set: what begins like a key must be one, or be a file name
        for line, s in src.strings if not path.endswith("_sql.h") else ():
            if DOTTED.fullmatch(s) and s not in vi and s.split(".")[0] in areas and not FILE_NAME.search(s):
                if s in notkey:
                    notkey_used.add(s)
                else:
                    wrong.append(("%s:%d" % (path, line), "key not in lib/lang: %s" % s))
    wrong += [("tests/check/exceptions.txt", "no longer needed: notkey %s" % k) for k in notkey if k not in notkey_used]
    return keys, prefixes


def gaps(place, func, args, key, text, src):
    """{places} of the text that neither this call nor an err_add of the file fills."""
    if not isinstance(text, str):
        return []
    given = {common.literal(a) for a in args[4:]} | {common.literal(a[1]) for _, a in src.calls("err_add") if len(a) > 1}
    missing = [p for p in PLACE.findall(text) if p not in given]
    computed = [a for a in args[4::2] if common.literal(a) is None and a != "NULL"]
    return [(place, "%s: nobody fills {%s}" % (key, p)) for p in missing if not computed]


def labels(root, path, wrong, plain):
    form = load(root, path, wrong)
    form_name = form.get("form")

    def pair(obj, code, place):
        for name in ("vi", "en"):
            text = obj.get(name) if isinstance(obj, dict) else None
            if not isinstance(text, str) or not text.strip():
                wrong.append((place, "no label in %s" % name))
                continue
            if text == code or "_" in text:
                wrong.append((place, "label equals its code or holds _: %s" % text))
            if unicodedata.normalize("NFC", text) != text:
                wrong.append((place, "not NFC"))
            if name == "vi":
                wrong.extend(filter(None, [plain.wrong(place, text)]))
                wrong.extend(wording(place, text, False))

    def anywhere(obj, place):
        if isinstance(obj, dict):
            if ("vi" in obj) != ("en" in obj):
                wrong.append((place, "one language only"))
            elif "vi" in obj:
                pair(obj, obj.get("v"), "%s.%s" % (place, obj["v"]) if "v" in obj else place)
            for k, v in obj.items():
                anywhere(v, "%s.%s" % (place, k))
        elif isinstance(obj, list):
            for i, v in enumerate(obj):
                name = v.get("name") if isinstance(v, dict) else None
                anywhere(v, "%s.%s" % (place, name if isinstance(name, str) else i))

    here = "%s:%s" % (path, form_name)
    if form_name != os.path.splitext(os.path.basename(path))[0]:
        wrong.append((path, "form %s in another's file" % form_name))
    pair(form.get("label"), form_name, here)
    for name, values in form.get("lists", {}).items():
        for value in values:
            pair(value, value.get("v"), "%s.lists.%s.%s" % (here, name, value.get("v")))
    for field in form.get("fields", []):
        pair(field.get("label"), field.get("name"), "%s.fields.%s.label" % (here, field.get("name")))
    anywhere(form, here)


def check(root):
    wrong, plain = [], Plain(root)
    vi = texts(root, wrong, plain)
    keys, prefixes = used_keys(root, vi, wrong)
    for key in vi:
        if key not in keys and not any(key.startswith(p) for p in prefixes):
            wrong.append(("lib/lang/vi.json:%s" % key, "used nowhere"))
    for path in common.files(root):
        if re.fullmatch(r"sync/forms/[^/]+\.json", path):
            labels(root, path, wrong, plain)
    for key in plain.reasons:
        if key not in plain.used:
            wrong.append(("tests/check/exceptions.txt", "no longer needed: plain %s" % key))
    return sorted(set(wrong))


def lang(vi, en):
    return {"lib/lang/vi.json": json.dumps(vi, ensure_ascii=False), "lib/lang/en.json": json.dumps(en, ensure_ascii=False)}


def form(**change):
    f = {"form": "x", "label": {"vi": "Phiếu", "en": "Form"}, "lists": {"l": [{"v": "tot", "vi": "Tốt", "en": "Good"}]},
         "fields": [{"name": "a", "label": {"vi": "Tên", "en": "Name"}}]}
    return {"sync/forms/x.json": json.dumps({**f, **change}, ensure_ascii=False)}


VI, EN = {"clause.E1": "Dòng", "x.big": "Quá {max} byte, lớn quá"}, {"clause.E1": "Line", "x.big": "Over {max} bytes"}
CODE = 'int x_f(void)\n{\n\tsnprintf(b, 9, "clause.%s", c);\n\treturn err_set(e, 1, NULL, "x.big", "max", "9", NULL);\n}\n'
CLEAN = {**lang(VI, EN), "lib/x.c": CODE, **form()}
PLANTED = [
    ("a key in one language only", lang({**VI, "x.more": "Thêm"}, EN), "missing in the other language"),
    ("different places", lang(VI, {**EN, "x.big": "Over {size} bytes"}), "other {places}"),
    ("a text in NFD", lang({**VI, "clause.E1": unicodedata.normalize("NFD", "Dòng")}, EN), "not NFC"),
    ("a Vietnamese text without diacritics", lang({**VI, "clause.E1": "Dong nay"}, EN), "without diacritics"),
    ("a tone mark on the second vowel", lang({**VI, "clause.E1": "Khoá của máy"}, EN), "tone mark on the wrong vowel"),
    ("a tone mark on y", lang({**VI, "clause.E1": "Đã huỷ"}, EN), "tone mark on the wrong vowel"),
    ("a label with the old tone mark", form(label={"vi": "Hoà giải", "en": "Form"}), "tone mark on the wrong vowel"),
    ("a programmer's word", lang({**VI, "clause.E1": "Có conflict ở đây"}, EN), 'the word "conflict"'),
    ("another word for the collector", lang({**VI, "clause.E1": "Máy chủ không trả lời"}, EN), 'write "máy thu"'),
    ("a signature called otherwise", lang({**VI, "clause.E1": "Sai chữ ký số"}, EN), 'write "niêm phong"'),
    ("nothing in quý, khóa, hoàn, toán, huyền and a command", lang({**VI, "clause.E1": "Quý hoàn toán khóa huyền “kiemke sync”"}, EN), None),
    ("a key that C uses and nobody wrote", {"sync/y.c": 'int y_f(void)\n{\n\treturn err_set(e, 1, "E1", "y.none", NULL);\n}\n'}, "key not in lib/lang: y.none"),
    ("a key only a wrapper sees", {"sync/y.c": 'int y_f(void)\n{\n\treturn deny(e, "x.none");\n}\n'}, "key not in lib/lang: x.none"),
    ("a key used nowhere", lang({**VI, "y.old": "Cũ"}, {**EN, "y.old": "Old"}), "used nowhere"),
    ("a place nobody fills", {"sync/y.c": 'int y_f(void)\n{\n\treturn err_set(e, 1, "E1", "x.big", NULL);\n}\n'}, "nobody fills {max}"),
    ("a member twice", {"lib/lang/vi.json": '{"clause.E1":"Dòng","clause.E1":"Dòng","x.big":"Lớn {max}"}'}, "member twice"),
    ("a list value without English", form(lists={"l": [{"v": "tot", "vi": "Tốt"}]}), "no label in en"),
    ("a field without label", form(fields=[{"name": "a"}]), "no label in vi"),
    ("a label that is its code", form(lists={"l": [{"v": "tốt", "vi": "tốt", "en": "Good"}]}), "equals its code"),
    ("a label with _", form(fields=[{"name": "a", "label": {"vi": "Tên_gọi", "en": "Name"}}]), "holds _"),
    ("a label without diacritics", form(label={"vi": "Phieu", "en": "Form"}), "without diacritics"),
    ("a hint in one language", form(fields=[{"name": "a", "label": {"vi": "Tên", "en": "Name"}, "hint": {"vi": "Gợi ý"}}]), "one language only"),
]

if __name__ == "__main__":
    common.main("lang", check, CLEAN, PLANTED)
