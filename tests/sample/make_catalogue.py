#!/usr/bin/env python3
"""make_catalogue: a fictional catalogue of 34 provinces and 3,321 communes.

    make_catalogue.py OUT.csv [--next] [--seed N]

Same arguments, same bytes. The names are put together from common syllables; provinces are invented. It holds what a
real catalogue holds and programs stumble over: codes with leading zeros, the same name in many provinces, eight pairs
in one province that differ only in diacritics, old and new tone placement (Hòa, Hoà), names with ', - and digits.
--next is the same catalogue some months later: one province has become a city, ten xã have become phường, names are
respelt or changed, and twelve units were merged into neighbours (their codes are gone, the host keeps its own).
The first line, "# Dữ liệu mẫu", marks it as sample data.
"""
import argparse
import csv
import random
import unicodedata

MARK = "# Dữ liệu mẫu"
TOTAL, WARDS, ZONES = 3321, 687, 13

PROVINCES = """
01 Thành phố Vĩnh Hải|02 Tỉnh Sơn Khê|04 Tỉnh Bắc Lĩnh|06 Tỉnh Cao Thượng|08 Tỉnh Trường Khê|10 Tỉnh Lạc Giang|11 Tỉnh Mường Thủy
12 Tỉnh Nậm Sơn|14 Tỉnh Phú Lĩnh|15 Tỉnh Đông Xuyên|17 Tỉnh Thanh Uyên|19 Tỉnh Kim Lộc|20 Tỉnh Yên Thượng|22 Thành phố Hải Tân
24 Tỉnh Hưng Điền|25 Tỉnh Nam Trạch|27 Tỉnh Ninh Châu|31 Thành phố Giang Đông|33 Tỉnh Thái Lộc|36 Tỉnh Hà Lâm|38 Tỉnh Châu Hoan
40 Tỉnh Trung Lĩnh|42 Tỉnh Quảng Khê|45 Thành phố Thuận Kinh|48 Thành phố Tiên Sa Hải|51 Tỉnh An Ngãi|54 Tỉnh Krông Sơn|56 Tỉnh Bình Tuy
62 Tỉnh Đắk Lâm|68 Tỉnh Lâm Thượng|75 Tỉnh Đồng Phước|79 Thành phố Tân Bến|86 Tỉnh Hậu Sông Tiền|92 Tỉnh Cửu Giang
""".replace("\n", "|").strip("|").split("|")

FIRST = """An Ba Bình Bắc Cao Cẩm Châu Chiềng Đại Đông Đồng Đức Gia Giao Hà Hải Hàm Hòa Hoàng Hồng Hợp Hưng Khánh Kim La Lạc Lâm Liên Long Lộc
Lương Minh Mường Mỹ Nam Nga Nghĩa Ngọc Nguyên Nhân Phú Phúc Phước Phong Quang Quảng Quỳnh Sơn Tam Tân Tây Thạch Thái Thanh Thành Thiện Thịnh
Thọ Thuận Thủy Thượng Tiên Tiến Trà Trung Trường Tú Vạn Văn Vĩnh Việt Vũ Xuân Yên""".split()
SECOND = """An Ân Bình Châu Cường Dân Đạo Điền Định Đồng Đông Đức Giang Hà Hải Hiệp Hòa Hoa Hội Hưng Hương Khánh Khê Kỳ Lạc Lâm Lập Lễ Linh Lĩnh
Long Lộc Lợi Mai Minh Mỹ Nghĩa Ngọc Nguyên Nhuận Ninh Phong Phú Phúc Phương Quan Quang Quý Sơn Tân Tâm Thắng Thành Thạnh Thiện Thịnh Thọ Thuận
Thủy Thượng Tiến Trạch Trị Trung Trường Tường Vân Việt Vinh Xá Xuân Xuyên Yên""".split()
HIGH_FIRST = "Ia Đắk Krông Ea Chư Đăk".split()
HIGH_SECOND = "Blang Drông Hao Klai Kđăng Lơm Măng Ngol Pưi Rsươm Sol Tôr Wer Yang Trôk Nhing Pếch Gơ".split()
APOSTROPHE = ["M'Đrong", "M'Nhao", "Đắk R'Moan", "Đắk N'Rung", "Ia H'Rung", "Ea H'Lao", "K'Rông Bút", "Ch'Om Sơn", "Krông A'Lang", "Đạ K'Nhàng"]
HYPHEN = ["Văn Khê - Đình Thượng", "Phố Chợ - Bến Đình", "Thái Lai - Vọng Sơn", "Đông Các - Ô Mai", "Bãi Cát - Cồn Giữa", "Lai Hạ - Lai Thượng"]
# Neighbours that are the same without diacritics: planted in one province each.
PAIRS = [("Cẩm Gianh", "Cầm Giành"), ("Sơn Hòe", "Sơn Hóe"), ("Ba Tơm", "Ba Tôm"), ("Lộc Hoa", "Lộc Hòa"), ("Tân Mai", "Tân Mài"),
         ("Phú Đông", "Phú Đồng"), ("Đại Dương", "Đại Đường"), ("Hải Vân", "Hải Văn")]
ZONE_NAMES = "Hòn Ngư|Cù Lao Vân|Hòn Mực|Đảo Thanh|Hòn Khói Xanh|Cồn Hải|Trường Vân|Hòn Trâu Nằm|Bạch Sa|Đảo Tiên Nữ Xanh|Hòn Sơn Ca|Cát Vàng|Thổ Lộc".split("|")
NEW_TONE = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ủy": "uỷ", "úy": "uý", "ùy": "uỳ", "ụy": "uỵ"}
WORD = {"phuong": "Phường", "xa": "Xã", "dac_khu": "Đặc khu"}
# The commune of tests/sample/register.
SAMPLE = ("02", "01201", "Hòa Khê", "xa")


def fold(s):
    s = "".join(c for c in unicodedata.normalize("NFD", s) if not unicodedata.combining(c))
    return s.replace("đ", "d").replace("Đ", "D").lower()


def respell(name):
    """The name with its tone on the other vowel of oa, oe, uy at a word's end: Hòa to Hoà."""
    out = []
    for word in name.split(" "):
        for old, new in NEW_TONE.items():
            if word.endswith(old) and not word.lower().startswith("qu"):
                word = word[:-len(old)] + new
                break
        out.append(word)
    return " ".join(out)


def sizes(rnd):
    """How many communes each province has: 34 numbers of about 50 to 170 that add up to TOTAL."""
    weight = [rnd.uniform(0.55, 1.75) for _ in PROVINCES]
    n = [max(50, int(TOTAL * w / sum(weight))) for w in weight]
    while sum(n) != TOTAL:
        i = rnd.randrange(len(n))
        n[i] += 1 if sum(n) < TOTAL else -1
    return n


def names_for(rnd, i, n, taken):
    """n names for province i, all different even without diacritics, except the planted ones."""
    out = []
    if i % 4 == 1 and PAIRS[i // 4:]:
        out += PAIRS[i // 4]
    if PROVINCES[i][3:] in ("Tỉnh Krông Sơn", "Tỉnh Đắk Lâm"):
        out += APOSTROPHE[:5] if "Krông" in PROVINCES[i] else APOSTROPHE[5:]
    if i % 6 == 0:
        out.append(HYPHEN[i // 6])
    if i % 3 == 0:
        base = f"{rnd.choice(FIRST)} {rnd.choice(SECOND)}"
        out += [f"{base} 1", f"{base} 2"]
    highland = any(w in PROVINCES[i] for w in ("Krông", "Đắk"))
    seen = {fold(x) for x in out} | taken
    while len(out) < n:
        if highland and rnd.random() < 0.35:
            name = f"{rnd.choice(HIGH_FIRST)} {rnd.choice(HIGH_SECOND)}"
        elif rnd.random() < 0.04:
            name = rnd.choice(SECOND)
        else:
            name = f"{rnd.choice(FIRST)} {rnd.choice(SECOND)}"
        a, _, b = fold(name).partition(" ")
        if fold(name) in seen or a == b:
            continue
        seen.add(fold(name))
        out.append(respell(name) if rnd.random() < 0.08 else name)
    return out


def kinds(rnd, counts):
    """The kind of each unit, province by province; cities have more wards."""
    units = [(p, k) for p, n in enumerate(counts) for k in range(n)]
    city = [u for u in units if PROVINCES[u[0]].split(" ", 1)[1].startswith("Thành phố")]
    rest = [u for u in units if u not in set(city)]
    fixed = (1, 0)  # the sample commune stays a xã
    rest.remove(fixed)
    zones = rnd.sample(rest, ZONES)
    wards = set(rnd.sample(city, min(len(city), WARDS * 2 // 5)))
    pool = [u for u in rest if u not in set(zones)]
    wards |= set(rnd.sample(pool, WARDS - len(wards)))
    return {**{u: "xa" for u in units}, **{u: "phuong" for u in wards}, **{u: "dac_khu" for u in zones}}


def make(rnd):
    """Rows [province code, province name, code, name without its word, kind], by code."""
    counts = sizes(rnd)
    kind = kinds(rnd, counts)
    zone = iter(ZONE_NAMES)
    rows, code = [], 4
    for p, n in enumerate(counts):
        pcode, pname = PROVINCES[p].split(" ", 1)
        taken = {fold(SAMPLE[2])} if pcode == SAMPLE[0] else set()
        if taken:
            if code > int(SAMPLE[1]):
                raise SystemExit("the first province is too large: choose another seed")
            code = int(SAMPLE[1])
        units = [kind[(p, k)] for k in range(n)]
        names = names_for(rnd, p, n - units.count("dac_khu") - len(taken), taken)
        rnd.shuffle(names)
        names = iter([SAMPLE[2]] * len(taken) + names)
        for unit in units:
            name = next(zone) if unit == "dac_khu" else next(names)
            rows.append([pcode, pname, f"{code:05d}", name, unit])
            code += rnd.choice((3, 3, 3, 4, 6, 9, 12))
        code += rnd.choice((27, 61, 140))
    for a, b in PAIRS:  # the two of a pair must be of one kind, or "Xã" and "Phường" tell them apart
        one, two = (next(r for r in rows if r[3] == x) for x in (a, b))
        if one[4] != two[4]:
            other = next(r for r in rows if r[0] == one[0] and r[4] == one[4] and r is not one and r[2] != SAMPLE[1])
            two[3], other[3] = other[3], two[3]
    return rows


def later(rnd, rows):
    """The catalogue some months on."""
    rows = [list(r) for r in rows]
    open_to_change = [r for r in rows if r[2] != SAMPLE[1]]
    grown = rnd.choice(sorted({r[1] for r in rows if r[1].startswith("Tỉnh")} - {"Tỉnh Sơn Khê"}))
    for r in rows:
        if r[1] == grown:
            r[1] = "Thành phố" + grown[len("Tỉnh"):]
    for r in rnd.sample([r for r in open_to_change if r[4] == "xa"], 10):
        r[4] = "phuong"
    respelt = [r for r in open_to_change if respell(r[3]) != r[3]]
    for r in rnd.sample(respelt, min(len(respelt), 180)):
        r[3] = respell(r[3])
    closed = set()
    for r in rnd.sample([r for r in open_to_change if r[4] == "xa"], 12):
        near = [x for x in rows if x[0] == r[0] and x[4] == "xa" and x[2] not in closed and x is not r and x[2] != SAMPLE[1]]
        host = min(near, key=lambda x: abs(int(x[2]) - int(r[2])))
        closed.add(r[2])
        both = f"{host[3].split(' ')[0]} {r[3].split(' ')[-1]}"
        if rnd.random() < 0.5 and fold(both) not in {fold(x[3]) for x in rows if x[0] == r[0]}:
            host[3] = both  # some hosts take a name from both
    for r in rnd.sample([r for r in open_to_change if r[2] not in closed], 15):
        have = {fold(x[3]) for x in rows if x[0] == r[0]}
        new = r[3]
        while fold(new) in have:
            new = f"{rnd.choice(FIRST)} {rnd.choice(SECOND)}"
        r[3] = new
    return [r for r in rows if r[2] not in closed]


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    ap.add_argument("--next", action="store_true", help="the same catalogue some months later")
    ap.add_argument("--seed", type=int, default=34)
    arg = ap.parse_args()
    rows = make(random.Random(arg.seed))
    if arg.next:
        rows = later(random.Random(arg.seed + 1), rows)
    with open(arg.out, "w", encoding="utf-8", newline="") as f:
        f.write(MARK + "\n")
        w = csv.writer(f, lineterminator="\n")
        w.writerow("province_code province_name commune_code commune_name kind".split())
        for p, pname, code, name, kind in rows:
            w.writerow([p, pname, code, unicodedata.normalize("NFC", f"{WORD[kind]} {name}"), kind])
    count = {k: sum(r[4] == k for r in rows) for k in WORD}
    print(f"{arg.out}: {len({r[0] for r in rows})} provinces, {len(rows)} communes "
          f"({count['xa']} xa, {count['phuong']} phuong, {count['dac_khu']} dac_khu)")


if __name__ == "__main__":
    main()
