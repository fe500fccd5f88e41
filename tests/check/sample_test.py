"""sample_test: tests/sample as a whole. The register is what make_register.py writes, byte for byte; each of its rows satisfies
its form when read as a person would type it; bad.csv has exactly the faults it announces; the catalogue has its numbers, and
the next edition changes what it says and nothing else. Reads numbers, dates and labels with code of its own."""
import csv
import datetime
import io
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import forms as check

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "sample"
FORMS = {p.stem: check.read(p) for p in sorted((ROOT / "sync" / "forms").glob("*.json"))}
count = bad = 0


def ok(good, title, *notes):
    global count, bad
    count += 1
    bad += not good
    print("%s %d - sample: %s" % ("ok" if good else "not ok", count, title))
    for note in () if good else notes:
        print("#   %s" % (note,))


def run(*args):
    return subprocess.run([sys.executable, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, encoding="utf-8")


def typed(form, field, s):
    """What a person typed in a cell, as a wire value; ValueError when it is none."""
    kind = field["type"]
    if s == "":
        return None
    if kind in ("int", "money"):
        if not re.fullmatch(r"-?(\d+|\d{1,3}(\.\d{3})+)", s):
            raise ValueError(f"{s} is no number")
        return int(s.replace(".", ""))
    if kind == "decimal":
        if not re.fullmatch(r"(\d+|\d{1,3}(\.\d{3})+)(,\d+)?", s):
            raise ValueError(f"{s} is no number")
        return s.replace(".", "").replace(",", ".")
    if kind == "date":
        return datetime.datetime.strptime(s, "%d/%m/%Y").date().isoformat()
    if kind == "choice":
        value = next((i["v"] for i in form["lists"][field["list"]] if s in (i["v"], i["vi"])), None)
        if value is None:
            raise ValueError(f"{s} is not in the list")
        return value
    if kind == "tags":
        return [x.strip() for x in s.split(",")]
    return s


def table(name, form):
    """[(record or None, faults, warnings)] of each row."""
    raw = (SAMPLE / "register" / name).read_bytes()
    text = raw.decode("utf-8-sig")
    if not raw.startswith(b"\xef\xbb\xbf") or text != unicodedata.normalize("NFC", text):
        raise SystemExit(f"{name}: wants a byte order mark and NFC")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    fields = {f["label"]["vi"]: f for f in form["fields"]}
    head = [fields[h] for h in rows[0]]
    out = []
    for row in rows[1:]:
        rec, faults = {}, []
        for field, cell in zip(head, row, strict=True):
            try:
                rec[field["name"]] = typed(form, field, cell)
            except ValueError as e:
                faults.append(str(e))
        errors, warnings, _ = check.judge(form, rec, {}, FORMS)
        out.append((rec, faults or errors, warnings))
    return out


def register():
    with tempfile.TemporaryDirectory(prefix="kk-sample-") as d:
        made = run(SAMPLE / "make_register.py", d)
        names = ["assets.csv", "bad.csv", "facilities.csv"]
        same = [n for n in names if (pathlib.Path(d) / n).read_bytes() == (SAMPLE / "register" / n).read_bytes()]
        ok(made.returncode == 0 and same == names, "the register is what make_register.py writes", made.stdout, same)
    places, assets = table("facilities.csv", FORMS["facility"]), table("assets.csv", FORMS["asset"])
    for name, rows in (("facilities", places), ("assets", assets)):
        wrong = [(r.get("name"), f) for r, f, _ in rows if f]
        ok(not wrong, f"each row of {name}.csv satisfies its form", *wrong)
    ok(len(places) >= 12 and len(assets) >= 120, "at least 12 premises and 120 assets", len(places), len(assets))
    warned = [r["name"] for r, _, w in places + assets if w]
    ok(warned == ["Xe ô tô bán tải Ford Ranger"], "one row draws a warning: its residual value does not add up", *warned)
    codes = [r["asset_code"] for r, _, _ in assets if r["asset_code"]]
    ok(len(set(codes)) == len(codes) and len(codes) < len(assets) and all(c.startswith("0") for c in codes), "codes are unique, keep their zeros, and some assets have none")
    serials = [r["serial"] for r, _, _ in assets if r["serial"]]
    ok(len(serials) - len(set(serials)) == 1, "exactly one serial number stands twice")
    costs = [r["cost_budget"] or 0 for r, _, _ in assets]
    ok(max(costs) == 28657244000 and 1 in costs, "from 1 to 28.657.244.000 đồng")
    names = " ".join(r["name"] + r["location"] for r, _, _ in assets)
    ok(all(x in names for x in ("Điều hòa", "Điều hoà", "H'Lốc", "Bãi Cát - Cồn Giữa")), "tone pairs, apostrophes and hyphens are there")
    vostro = [r for r, _, _ in assets if r["model"] == "Vostro 3020 MT" and r["use_year"] == 2025]
    ok(vostro and all(r["accum_dep"] == 2142071 for r in vostro), "14.990.000 × 14,29 % is 2.142.071 a year")
    rows = table("bad.csv", FORMS["asset"])
    wrong = [r["note"] for r, f, _ in rows if bool(f) != r["note"].startswith("Sai")]
    ok(not wrong and sum(bool(f) for _, f, _ in rows) == 8 and all(len(f) <= 1 for _, f, _ in rows), "bad.csv has eight faults, one a row, where it says", *wrong)


def catalogue(folder, *args):
    path = pathlib.Path(folder) / "c.csv"
    made = run(SAMPLE / "make_catalogue.py", path, *args)
    if made.returncode != 0:
        raise SystemExit(made.stdout)
    lines = path.read_text(encoding="utf-8").splitlines()
    return path.read_bytes(), lines[0], {r["commune_code"]: r for r in csv.DictReader(lines[1:])}, len(lines) - 2


def fold(s):
    s = "".join(c for c in unicodedata.normalize("NFD", s) if not unicodedata.combining(c))
    return s.replace("đ", "d").replace("Đ", "D").lower()


def catalogues():
    with tempfile.TemporaryDirectory(prefix="kk-sample-") as d:
        raw, mark, now, n = catalogue(d)
        ok(catalogue(d)[0] == raw, "the catalogue is the same every time")
        _, mark2, later, n2 = catalogue(d, "--next")
    ok(mark == mark2 == "# Dữ liệu mẫu", "the mark is the first line")
    ok(n == len(now) == 3321 and n2 == len(later) and len({r["province_code"] for r in now.values()}) == 34, "34 provinces, 3,321 communes, no code twice", n, len(now))
    kinds = {k: sum(r["kind"] == k for r in now.values()) for k in ("xa", "phuong", "dac_khu")}
    ok(kinds == {"xa": 2621, "phuong": 687, "dac_khu": 13}, "2,621 xã, 687 phường, 13 đặc khu", kinds)
    ok(all(re.fullmatch(r"\d{5}", c) for c in now) and sum(c.startswith("00") for c in now) >= 20, "five digits, many with leading zeros")
    ok(raw.decode("utf-8") == unicodedata.normalize("NFC", raw.decode("utf-8")), "names are in NFC")
    same = {}
    for r in now.values():
        same.setdefault((r["province_code"], fold(r["commune_name"])), set()).add(r["commune_name"])
    ok(sum(len(v) > 1 for v in same.values()) == 8 and all(len(v) < 3 for v in same.values()), "eight pairs in one province differ only in diacritics")
    names = {r["commune_name"] for r in now.values()}
    ok(len(names) < 3000 and any("'" in x for x in names) and any(" - " in x for x in names) and any(x[-1].isdigit() for x in names), "names repeat; ', - and digits occur")
    word = {"xa": "Xã ", "phuong": "Phường ", "dac_khu": "Đặc khu "}
    ok(all(r["commune_name"].startswith(word[r["kind"]]) for r in now.values()), "each name begins with its kind")
    up = [c for c in later if now[c]["kind"] != later[c]["kind"]]
    ok(set(later) < set(now) and len(now) - len(later) == 12 and len(up) == 10, "the next edition closes 12 units, lifts 10, and makes no new code", len(later), up)
    tone = [c for c in later if now[c]["commune_name"] != later[c]["commune_name"] and fold(now[c]["commune_name"]) == fold(later[c]["commune_name"])]
    ok(len(tone) >= 100 and later["01201"]["commune_name"] == "Xã Hòa Khê", "it respells over a hundred names, and keeps the sample's commune", len(tone))


if __name__ == "__main__":
    register()
    catalogues()
    print("1..%d" % count)
    sys.exit(1 if bad else 0)
