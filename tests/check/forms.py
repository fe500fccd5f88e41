"""forms: the built-in forms (sync/forms/*.json) against the domain and against themselves.

DOMAIN below lists what the domain asks for: each form with its fields, type, merge policy, required mark and
list values, written down apart from the forms. RULES are cases with their outcome: the conditions, sums,
differences and norms, evaluated by a small evaluator that shares nothing with sync/expr. Also: strict JSON, NFC,
labels, list and kind references, every expression's names and functions, and that tests/sample/*.json satisfy the forms.
"""
import datetime
import decimal
import json
import pathlib
import re
import unicodedata

import common

D = decimal.Decimal

# form class scope key|- parent|- children|-          then: field type merge|- required(*: always, ?: sometimes, -) list values
DOMAIN = """
facility register commune - - photo
  commune_code code central *
  unit_code text keep -
  name text latest *
  address text latest *
  former_unit text latest -
  facility_type choice latest * tru_so mot_cua truong tram_y_te nha_van_hoa the_thao cong_an_quan_su nha_cong_vu kho dat_trong khac
  land_asset_code code keep -
  map_sheet text keep -
  parcel text keep -
  land_cert choice latest * co dang_lam chua
  land_area decimal keep -
  build_area decimal keep -
  floor_area decimal keep -
  grade choice latest - dac_biet I II III IV
  storeys int latest -
  built_year int latest -
  use_office decimal keep -
  use_service decimal keep -
  use_housing decimal keep -
  use_leased decimal keep -
  use_vacant decimal keep -
  use_encroached decimal keep -
  use_other decimal keep -
  surplus_status choice keep * khong chua_phuong_an co_phuong_an dang_xu_ly da_xu_ly
  handling_form choice keep - tiep_tuc_sd thu_hoi dieu_chuyen chuyen_giao_dp giao_to_chuc_nha ban thanh_ly tieu_huy mat_huy_hoai khac
  handling_purpose choice keep - tru_so hdsn y_te giao_duc vh_tt cong_an cong_cong_khac trung_tam_quy_dat
  decision_no text keep ?
  decision_date date keep ?
  same_as ref latest -
  transferred_from code immutable -
  note text latest -
asset register commune - - photo
  asset_code code keep -
  inv_code tags union -
  old_codes tags union -
  unit_code text keep *
  facility_id ref latest -
  location text latest -
  name text latest *
  class choice latest * nha_cong_trinh vat_kien_truc xe_o_to ptvt_khac may_moc_thiet_bi suc_vat_cay huu_hinh_khac quyen_sd_dat phan_mem vo_hinh_khac dac_thu_1 dac_thu_2 dac_thu_3 ccdc
  equip_type choice latest - may_tinh_ban xach_tay may_tinh_bang may_in may_scan photocopy da_nang may_huy thiet_bi_vc phan_mem_ban_quyen tuong_lua switch wifi kenh_internet kenh_tslcd am_thanh camera man_hinh_led kiosk ups dieu_hoa ban_ghe tu_tai_lieu gia_tai_lieu dien_thoai o_to khac
  brand text latest -
  model text latest -
  serial text latest -
  plate_no text latest -
  uom choice keep * cai chiec bo m2 he_thong lo
  quantity int keep *
  origin choice latest - mua dau_tu dieu_chuyen tang_cho kiem_ke_thua khac
  use_year int keep *
  use_date date keep -
  cost_budget money keep -
  cost_other money keep -
  original_cost derived - -
  accum_dep money keep -
  residual money keep -
  value_date date keep -
  value_basis choice keep * so_ke_toan tam_tinh quy_uoc_1d quy_uoc_10tr chua_xac_dinh
  condition choice keep * tot kha trung_binh kem hong
  use_state choice keep * dung_muc_dich sai_muc_dich khong_su_dung hong_khong_su_dung
  lifecycle choice keep * dang_theo_doi de_nghi_xu_ly da_giam
  decrease_reason choice keep ? dieu_chuyen ban_chuyen_nhuong bi_thu_hoi chuyen_giao_dp thanh_ly tieu_huy bi_mat khac
  same_as ref latest -
  transferred_from code immutable -
  note text latest -
facility_check check commune - - photo
  facility_id ref immutable *
  checked_at datetime immutable *
  checker_name text immutable *
  checker_title text immutable *
  unit_code text immutable -
  building_condition choice immutable * tot kha trung_binh kem hong
  occupancy choice immutable * dung_muc_dich sai_muc_dich khong_su_dung hong_khong_su_dung
  leak bool immutable -
  encroached bool immutable -
  power choice immutable * on_dinh chap_chon khong
  water choice immutable * on_dinh chap_chon khong
  internet choice immutable * cap_quang di_dong ve_tinh khong
  down_mbps decimal immutable -
  tslcd choice immutable * co khong
  vc_room choice immutable * co khong
  counters int immutable -
  staff int immutable -
  seats int immutable -
  fire_safety choice immutable * dat chua khong_ap_dung
  archive_room bool immutable -
  repair_need choice immutable * khong nho lon xay_moi
  repair_cost money immutable ?
  adequacy choice immutable * du chua_du khong_ap_dung
  shortfall choices immutable ? thieu_dien_tich xuong_cap thieu_dien_nuoc thieu_mang thieu_kho_luu_tru phan_tan khac
  task ref immutable -
  supersedes ref immutable -
  reason text latest ?
  note text immutable -
equipment_check check commune - - equipment_line,photo
  checked_at datetime immutable *
  checker_name text immutable *
  checker_title text immutable *
  unit_code text immutable -
  staff_approved int immutable *
  staff_present int immutable *
  task ref immutable -
  supersedes ref immutable -
  reason text latest ?
  note text immutable -
equipment_line line commune check,equip_type check:equipment_check photo
  check ref immutable *
  equip_type choice immutable * may_tinh_ban xach_tay may_tinh_bang may_in may_scan photocopy da_nang may_huy thiet_bi_vc phan_mem_ban_quyen tuong_lua switch wifi kenh_internet kenh_tslcd am_thanh camera man_hinh_led kiosk ups dieu_hoa ban_ghe tu_tai_lieu gia_tai_lieu dien_thoai o_to khac
  qty_on_hand int keep *
  qty_working int keep *
  qty_broken int keep *
  qty_outdated int keep -
  qty_transferable int keep -
  qty_needed int keep *
  norm_max derived - -
  shortfall derived - -
  computers derived - -
  printers derived - -
  quality choice keep * dap_ung khong_dap_ung
  price_max derived - -
  need_cost money keep -
  need_reason choice keep - hong cau_hinh_thap chua_cap chua_ban_giao dung_chung mat
  note text keep -
inventory session commune - - committee_member,inventory_line,photo
  unit_name text keep *
  unit_code text keep *
  cut_off datetime keep *
  counted_at datetime keep *
  facility_id ref keep -
  room text keep -
  state choice keep * dang_kiem da_chot
  unit_head text keep -
  chief_accountant text keep -
  resolution text keep -
  note text latest -
committee_member line commune session,no session:inventory -
  session ref immutable *
  no int immutable *
  name text keep *
  position text keep -
  represents text keep -
  role choice keep * truong_ban uy_vien thu_ky da_thoi
  is_member derived - -
  is_head derived - -
inventory_line line commune session,asset session:inventory photo
  session ref immutable *
  asset ref immutable *
  book_qty int immutable -
  book_cost money immutable -
  book_residual money immutable -
  count_status choice keep * chua_kiem da_kiem khong_tiep_can
  counted_qty int keep ?
  counted_cost money keep -
  counted_residual money keep -
  diff_qty derived - -
  diff_cost derived - -
  diff_residual derived - -
  not_counted derived - -
  use_state choice keep ? dung_muc_dich sai_muc_dich khong_su_dung hong_khong_su_dung
  condition choice keep ? tot kha trung_binh kem hong
  found_location text keep -
  discrepancy choice keep - khop thieu thua sai_vi_tri sai_thong_tin
  cause choice keep ? chua_ghi_so ghi_trung mat da_dieu_chuyen_chua_giam sap_nhap_thieu_ho_so nham_ma hong_da_huy khac
  proposal choice keep - tiep_tuc sua_chua dieu_chuyen thanh_ly tieu_huy ghi_tang ghi_giam xac_minh
  note text latest -
weekly_statement statement commune scope,week - photo
  week code immutable *
  checked_at datetime immutable *
  declared_adequate choice immutable * co chua
  checklist choice immutable * dm_2026_1
  missing choices immutable ? tru_so mot_cua dien_nuoc may_tinh may_in may_scan photocopy mang_internet mang_tslcd thiet_bi_vc an_toan_mang ban_ghe kho_luu_tru pccc khac
  car choice immutable * co chua khong_thuoc_doi_tuong
  car_reason text immutable ?
  obstacles text immutable -
  contact_name text immutable *
  contact_phone phone immutable *
  task ref immutable -
  supersedes ref immutable -
  reason text latest ?
  note text immutable -
photo line commune - attached_to:asset,equipment_check,equipment_line,facility,facility_check,inventory,inventory_line,weekly_statement -
  attached_to ref immutable *
  image blob immutable *
  caption text immutable -
  taken_at datetime immutable -
choice centre commune of - -
  of ref immutable *
  chosen ref keep *
  among tags union *
review centre commune - - -
  target ref immutable *
  target_entry code immutable -
  state choice keep * approved returned rejected
  level choice keep * commune province centre
  comments tags union -
  reason text latest ?
schedule centre * - - -
  kind choice keep * facility_check equipment_check inventory weekly_statement
  period choice keep * hang_tuan hang_thang hang_quy hang_nam mot_lan
  due_weekday choice keep ? 1 2 3 4 5 6 7
  due_day int keep ?
  due_month int keep ?
  due_date date keep ?
  due_hour int keep *
  scopes tags keep *
  starts_on date keep -
  ends_on date keep -
  note text latest -
task centre commune - - -
  title text keep *
  target ref immutable *
  owner text keep *
  due date keep *
  state choice keep * moi dang_lam xong huy
  closed_by text keep ?
  note text latest -
merger centre * closed - -
  closed code immutable *
  into code immutable *
  closed_name text latest -
  into_name text latest -
  effective_date date keep -
  source text keep -
split centre * unit,into - -
  unit code immutable *
  into code immutable *
  unit_name text latest -
  into_name text latest -
  effective_date date keep -
  source text keep -
catalogue centre * - - -
  blob blob keep *
  effective_date date keep -
  source text keep -
  mark text keep -
  note text latest -
access centre * hash - -
  name text immutable *
  account code immutable *
  key code immutable *
  hash code immutable *
  ends_on date immutable *
  closed_on date min -
report centre * week - -
  week code immutable *
  size int immutable *
  root code immutable *
  csv code immutable *
  previous code immutable -
"""

# Limits and units the domain states: (form, field, member, value).
STATED = [
    ("facility", "storeys", "min", 0), ("facility", "storeys", "max", 50), ("facility", "built_year", "min", 1900),
    ("asset", "use_year", "min", 1900), ("asset", "name", "maxlen", 250), ("facility", "name", "maxlen", 200),
    ("facility", "address", "maxlen", 200), ("weekly_statement", "obstacles", "maxlen", 1000),
    ("asset", "asset_code", "pattern", "^[0-9]{7}-[0-9]{6}$"), ("facility", "unit_code", "pattern", "^([0-9]{7}|chưa có)$"),
] + [("facility", f, "places", 2) for f in "land_area build_area floor_area use_office use_service use_housing use_leased "
     "use_vacant use_encroached use_other".split()] + [("facility_check", "down_mbps", "places", 2)]

LINE = {"check": "c", "equip_type": "may_scan", "qty_on_hand": 1, "qty_working": 1, "qty_broken": 0, "qty_needed": 1, "quality": "dap_ung"}
COUNT = {"session": "s", "asset": "a", "book_qty": 3, "book_cost": 30000000, "book_residual": 10000000, "count_status": "da_kiem",
         "counted_qty": 3, "use_state": "dung_muc_dich", "condition": "tot"}
PLACE = {"commune_code": "00004", "name": "n", "address": "a", "facility_type": "tru_so", "land_cert": "co", "surplus_status": "khong"}
ASSET = {"unit_code": "chưa có", "name": "n", "class": "may_moc_thiet_bi", "uom": "cai", "quantity": 1, "use_year": 2020,
         "value_basis": "so_ke_toan", "condition": "tot", "use_state": "dung_muc_dich", "lifecycle": "dang_theo_doi"}
VISIT = {"facility_id": "f", "checked_at": "2026-11-23T08:30", "checker_name": "n", "checker_title": "t", "building_condition": "tot",
         "occupancy": "dung_muc_dich", "power": "on_dinh", "water": "on_dinh", "internet": "cap_quang", "tslcd": "co", "vc_room": "co",
         "fire_safety": "dat", "repair_need": "khong", "adequacy": "du"}
WEEK = {"week": "2026-W48", "checked_at": "2026-11-23T08:30", "declared_adequate": "co", "checklist": "dm_2026_1", "car": "co",
        "contact_name": "n", "contact_phone": "0912345678"}
EQUIP = {"checked_at": "2026-11-23T08:30", "checker_name": "n", "checker_title": "t", "staff_approved": 31, "staff_present": 30}
SESSION = {"unit_name": "u", "unit_code": "1154985", "cut_off": "2027-01-01T00:00", "counted_at": "2026-11-20T08:00", "state": "da_chot"}
REVIEW = {"target": "t", "state": "approved", "level": "province"}
DUE = {"kind": "weekly_statement", "period": "hang_tuan", "due_weekday": "3", "due_hour": 12, "scopes": ["*"]}
ERRAND = {"title": "x", "target": "t", "owner": "o", "due": "2026-12-01", "state": "moi"}


def staff(n):
    return {"staff_approved": n}


def seats(*roles):
    return {"committee_member": [{"session": "s", "no": i, "name": "n", "role": r} for i, r in enumerate(roles, 1)]}


# (form, base, changes, around, errors, number of warnings, derived values): errors are field names, "rule" for a rule.
NONE = object()  # "this derived value is empty"
RULES = [
    ("facility", PLACE, {}, {}, [], 0, {}),
    ("facility", PLACE, {"surplus_status": "da_xu_ly"}, {}, ["decision_no", "decision_date"], 2, {}),
    ("facility", PLACE, {"surplus_status": "dang_xu_ly", "handling_form": "ban"}, {}, [], 0, {}),
    ("facility", PLACE, {"decision_no": "1"}, {}, ["decision_no"], 0, {}),
    ("facility", PLACE, {"build_area": "120.5", "floor_area": "120"}, {}, [], 1, {}),
    ("facility", PLACE, {"floor_area": "100", "use_office": "60.25", "use_vacant": "39.75"}, {}, [], 0, {}),
    ("facility", PLACE, {"floor_area": "100", "use_office": "60.25", "use_vacant": "39.74"}, {}, [], 1, {}),
    ("facility", PLACE, {"floor_area": "100", "use_office": "0"}, {}, [], 1, {}),
    ("facility", PLACE, {"built_year": 2026}, {}, [], 0, {}),
    ("facility", PLACE, {"built_year": 2027}, {}, ["built_year"], 0, {}),
    ("facility", PLACE, {"unit_code": "chưa có"}, {}, [], 0, {}),
    ("facility", PLACE, {"unit_code": "chua co"}, {}, ["unit_code"], 0, {}),
    ("asset", ASSET, {}, {}, [], 0, {"original_cost": NONE}),
    ("asset", ASSET, {"cost_budget": 14990000, "accum_dep": 2142071, "residual": 12847929}, {}, [], 0, {"original_cost": 14990000}),
    ("asset", ASSET, {"cost_budget": 10000000, "cost_other": 4990000, "accum_dep": 2142071, "residual": 0}, {}, [], 1, {"original_cost": 14990000}),
    ("asset", ASSET, {"cost_other": 14990000, "accum_dep": 14990000, "residual": 0}, {}, [], 0, {"original_cost": 14990000}),
    ("asset", ASSET, {"lifecycle": "da_giam"}, {}, ["decrease_reason"], 0, {}),
    ("asset", ASSET, {"lifecycle": "da_giam", "decrease_reason": "thanh_ly"}, {}, [], 0, {}),
    ("asset", ASSET, {"value_basis": "quy_uoc_1d", "cost_budget": 2}, {}, [], 1, {}),
    ("asset", ASSET, {"value_basis": "quy_uoc_10tr", "cost_budget": 10000000}, {}, [], 0, {}),
    ("asset", ASSET, {"class": "ccdc", "cost_budget": 9999999}, {}, [], 0, {}),
    ("asset", ASSET, {"class": "ccdc", "cost_budget": 10000000}, {}, [], 1, {}),
    ("asset", ASSET, {"class": "ccdc", "cost_budget": 19999998, "quantity": 2}, {}, [], 0, {}),
    ("asset", ASSET, {"use_date": "2019-12-31"}, {}, [], 1, {}),
    ("asset", ASSET, {"asset_code": "1154985-000140"}, {}, [], 0, {}),
    ("asset", ASSET, {"asset_code": "1154985-140"}, {}, ["asset_code"], 0, {}),
    ("facility_check", VISIT, {}, {}, [], 0, {}),
    ("facility_check", VISIT, {"repair_need": "lon"}, {}, ["repair_cost"], 0, {}),
    ("facility_check", VISIT, {"adequacy": "chua_du"}, {}, ["shortfall"], 0, {}),
    ("facility_check", VISIT, {"adequacy": "chua_du", "shortfall": ["khac"]}, {}, [], 0, {}),
    ("facility_check", VISIT, {"supersedes": "x"}, {}, ["reason"], 0, {}),
    ("facility_check", VISIT, {"internet": "khong", "down_mbps": "10"}, {}, ["down_mbps"], 0, {}),
    ("facility_check", VISIT, {"checked_at": "2030-01-01T00:00"}, {}, [], 1, {}),
    ("equipment_line", LINE, {}, {"parent": staff(31)}, [], 0, {"norm_max": 3, "shortfall": 0, "price_max": 22000000}),
    ("equipment_line", LINE, {}, {"parent": staff(30)}, [], 0, {"norm_max": 2}),
    ("equipment_line", LINE, {}, {"parent": staff(3)}, [], 0, {"norm_max": 1}),
    ("equipment_line", LINE, {}, {"parent": staff(0)}, [], 2, {"norm_max": 0}),
    ("equipment_line", LINE, {"equip_type": "may_in"}, {"parent": staff(31)}, [], 0, {"norm_max": 11, "printers": 1, "computers": 0}),
    ("equipment_line", LINE, {"equip_type": "da_nang"}, {"parent": staff(31)}, [], 0, {"norm_max": 11, "printers": 1, "price_max": NONE}),
    ("equipment_line", LINE, {"equip_type": "may_tinh_ban"}, {"parent": staff(31)}, [], 0, {"norm_max": 31, "computers": 1, "price_max": 20000000}),
    ("equipment_line", LINE, {"equip_type": "photocopy"}, {"parent": staff(31)}, [], 0, {"norm_max": 3, "price_max": 110000000}),
    ("equipment_line", LINE, {"equip_type": "may_huy"}, {"parent": staff(15)}, [], 0, {"norm_max": 1, "price_max": 10000000}),
    ("equipment_line", LINE, {"equip_type": "gia_tai_lieu"}, {"parent": staff(31)}, [], 0, {"norm_max": 4, "price_max": 1500000}),
    ("equipment_line", LINE, {"equip_type": "dien_thoai"}, {"parent": staff(31)}, [], 0, {"norm_max": 31, "price_max": 1000000}),
    ("equipment_line", LINE, {"equip_type": "tu_tai_lieu"}, {"parent": staff(31)}, [], 0, {"norm_max": 31, "price_max": 7000000}),
    ("equipment_line", LINE, {"equip_type": "tuong_lua"}, {"parent": staff(31)}, [], 0, {"norm_max": NONE}),
    ("equipment_line", LINE, {"equip_type": "kenh_tslcd", "qty_needed": 500}, {"parent": staff(31)}, [], 0, {"norm_max": NONE, "shortfall": 499}),
    ("equipment_line", LINE, {"qty_needed": 5, "need_cost": 88000000}, {"parent": staff(31)}, [], 1, {"shortfall": 4}),
    ("equipment_line", LINE, {"qty_needed": 3, "need_cost": 44000001}, {"parent": staff(31)}, [], 1, {"shortfall": 2}),
    ("equipment_line", LINE, {"qty_broken": 1}, {"parent": staff(31)}, ["rule"], 0, {}),
    ("equipment_line", LINE, {"qty_outdated": 2}, {"parent": staff(31)}, ["qty_outdated"], 0, {}),
    ("equipment_line", LINE, {"qty_transferable": 2}, {"parent": staff(31)}, ["qty_transferable"], 0, {}),
    ("equipment_line", LINE, {"equip_type": "khac"}, {"parent": staff(31)}, [], 1, {}),
    ("equipment_check", EQUIP, {}, {"children": {"equipment_line": [dict(LINE, equip_type="may_tinh_ban", qty_needed=20), dict(LINE, equip_type="xach_tay", qty_needed=11)]}}, [], 0, {}),
    ("equipment_check", EQUIP, {}, {"children": {"equipment_line": [dict(LINE, equip_type="may_tinh_ban", qty_needed=20), dict(LINE, equip_type="xach_tay", qty_needed=12)]}}, [], 1, {}),
    ("equipment_check", EQUIP, {}, {"children": {"equipment_line": [dict(LINE, equip_type="may_in", qty_needed=9), dict(LINE, equip_type="da_nang", qty_needed=3)]}}, [], 1, {}),
    ("equipment_check", EQUIP, {"supersedes": "x"}, {"children": {"equipment_line": []}}, ["reason"], 0, {}),
    ("inventory", SESSION, {}, {"children": dict(seats("truong_ban", "uy_vien", "thu_ky"), inventory_line=[])}, [], 0, {}),
    ("inventory", SESSION, {}, {"children": dict(seats("truong_ban", "da_thoi"), inventory_line=[])}, ["rule"], 0, {}),
    ("inventory", SESSION, {}, {"children": dict(seats("truong_ban", "truong_ban"), inventory_line=[])}, ["rule"], 0, {}),
    ("inventory", SESSION, {}, {"children": dict(seats(), inventory_line=[])}, ["rule", "rule"], 0, {}),
    ("inventory", SESSION, {"state": "dang_kiem"}, {"children": dict(seats(), inventory_line=[])}, [], 1, {}),
    ("inventory", SESSION, {}, {"children": dict(seats("truong_ban", "uy_vien"), inventory_line=[dict(COUNT, count_status="chua_kiem")])}, [], 1, {}),
    ("committee_member", {"session": "s", "no": 1, "name": "n", "role": "truong_ban"}, {}, {}, [], 0, {"is_head": 1, "is_member": 1}),
    ("inventory_line", COUNT, {}, {}, [], 0, {"diff_qty": 0, "diff_cost": 0, "diff_residual": 0, "not_counted": 0}),
    ("inventory_line", {"session": "s", "asset": "a", "book_qty": 3, "book_cost": 1, "count_status": "chua_kiem"}, {}, {}, [], 0,
     {"diff_qty": NONE, "diff_cost": NONE, "diff_residual": NONE, "not_counted": 1}),
    ("inventory_line", {"session": "s", "asset": "a", "book_qty": 3, "count_status": "khong_tiep_can"}, {}, {}, [], 0, {"diff_qty": NONE, "not_counted": 0}),
    ("inventory_line", {"session": "s", "asset": "a", "count_status": "da_kiem"}, {}, {}, ["counted_qty", "use_state", "condition"], 0, {"diff_qty": NONE}),
    ("inventory_line", COUNT, {"counted_qty": 2, "counted_cost": 20000000, "cause": "mat"}, {}, [], 0, {"diff_qty": -1, "diff_cost": -10000000}),
    ("inventory_line", COUNT, {"counted_qty": 2, "cause": "mat"}, {}, [], 1, {"diff_qty": -1, "diff_cost": 0}),
    ("inventory_line", COUNT, {"counted_qty": 0}, {}, ["cause"], 0, {"diff_qty": -3, "diff_cost": -30000000, "diff_residual": -10000000}),
    ("inventory_line", COUNT, {"counted_qty": 0, "discrepancy": "thua", "cause": "khac"}, {}, ["discrepancy"], 0, {}),
    ("inventory_line", COUNT, {"discrepancy": "sai_vi_tri"}, {}, [], 0, {}),
    ("inventory_line", {k: v for k, v in COUNT.items() if not k.startswith("book_")}, {"cause": "chua_ghi_so"}, {}, [], 0, {"diff_qty": 3, "diff_cost": NONE}),
    ("weekly_statement", WEEK, {}, {}, [], 0, {}),
    ("weekly_statement", WEEK, {"declared_adequate": "chua"}, {}, ["missing"], 0, {}),
    ("weekly_statement", WEEK, {"car": "khong_thuoc_doi_tuong"}, {}, ["car_reason"], 0, {}),
    ("weekly_statement", WEEK, {"week": "2026-W54"}, {}, ["week"], 0, {}),
    ("weekly_statement", WEEK, {"supersedes": "x"}, {}, ["reason"], 0, {}),
    ("review", REVIEW, {}, {}, [], 0, {}),
    ("review", REVIEW, {"state": "returned"}, {}, ["reason"], 0, {}),
    ("schedule", DUE, {}, {}, [], 0, {}),
    ("schedule", DUE, {"period": "hang_nam"}, {}, ["due_weekday", "due_day", "due_month"], 0, {}),
    ("merger", {"closed": "00007", "into": "00004"}, {}, {}, [], 0, {}),
    ("merger", {"closed": "00007", "into": "00004"}, {"into": "00007"}, {}, ["into"], 0, {}),
    ("merger", {"closed": "00007", "into": "00004"}, {"closed": "7"}, {}, ["closed"], 0, {}),
    ("split", {"unit": "00007", "into": "00004"}, {}, {}, [], 0, {}),
    ("split", {"unit": "00007", "into": "00004"}, {"into": "00007"}, {}, ["into"], 0, {}),
    ("split", {"unit": "00007", "into": "00004"}, {"into": "*"}, {}, ["into"], 0, {}),
    ("schedule", DUE, {"starts_on": "2026-12-01", "ends_on": "2026-11-30"}, {}, ["ends_on"], 0, {}),
    ("task", ERRAND, {}, {}, [], 0, {}),
    ("task", ERRAND, {"state": "xong"}, {}, ["closed_by"], 0, {}),
]

NOW = datetime.datetime(2026, 11, 23, 17, 0)
FUNCTIONS = {"selected": (2, 2), "count-selected": (1, 1), "if": (3, 3), "coalesce": (1, 99), "regex": (2, 2), "today": (0, 0), "now": (0, 0),
             "string-length": (1, 1), "number": (1, 1), "int": (1, 1), "round": (1, 2), "concat": (1, 99), "contains": (2, 2),
             "starts-with": (2, 2), "not": (1, 1), "sum": (1, 99), "count": (1, 99), "min": (1, 99), "max": (1, 99),
             "format-date": (2, 2), "true": (0, 0), "false": (0, 0)}
TYPES = "text code int decimal money date datetime bool choice choices ref tags blob phone derived".split()
MERGES = "keep latest max min union central immutable".split()
CLASSES = "register session check statement line centre".split()
TOP = "form version scope class label title key parent children lists fields sections rules".split()
FIELD = ("name type label merge required list of pattern min max maxlen places unit hint default relevant constraint "
         "constraint_msg calculate warn inner").split()
ONLY = {"list": ("choice", "choices"), "of": ("ref",), "calculate": ("derived",), "places": ("decimal", "derived"), "inner": ("derived",)}
VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.I)
# Labels that are rightly the same in both languages.
PLAIN = {"m²", "Mbps"}

faults = []


def fault(where, what):
    faults.append((where, what))


# ---- expressions: parse to a tree, name check, evaluate ----

TOKEN = re.compile(r"\s*(?:(?P<num>\d+(?:\.\d+)?)|(?P<str>'[^']*'|\"[^\"]*\")|\$\{(?P<var>[^}]*)\}|(?P<op><=|>=|!=|[-+*=<>(),.])"
                   r"|(?P<word>[A-Za-z][A-Za-z0-9-]*))")
LEVELS = [("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod")]


class Expr:
    def __init__(self, text):
        self.text, self.tok, self.at, self.names = text, [], 0, []
        pos = 0
        while pos < len(text.rstrip()):
            m = TOKEN.match(text, pos)
            if not m:
                raise ValueError(f"cannot read at column {pos + 1}")
            self.tok.append((m.lastgroup, m.group(m.lastgroup)))
            pos = m.end()
        self.tree = self.level(0)
        if self.at != len(self.tok):
            raise ValueError(f"unexpected {self.tok[self.at][1]!r}")

    def peek(self):
        return self.tok[self.at] if self.at < len(self.tok) else (None, None)

    def take(self, want=None):
        kind, value = self.peek()
        if kind is None or (want is not None and value != want):
            raise ValueError(f"expected {want or 'an operand'}, found {value!r}")
        self.at += 1
        return kind, value

    def level(self, n):
        if n == len(LEVELS):
            return self.unary()
        left = self.level(n + 1)
        while self.peek()[0] in ("op", "word") and self.peek()[1] in LEVELS[n]:
            op = self.take()[1]
            left = ("op", op, left, self.level(n + 1))
        return left

    def unary(self):
        if self.peek() == ("op", "-"):
            self.take()
            return ("op", "-", ("lit", D(0)), self.unary())
        kind, value = self.take()
        if kind == "num":
            return ("lit", D(value))
        if kind == "str":
            return ("lit", value[1:-1])
        if kind == "var":
            self.names.append(value)
            return ("var", value)
        if (kind, value) == ("op", "."):
            return ("self",)
        if (kind, value) == ("op", "("):
            inner = self.level(0)
            self.take(")")
            return inner
        if kind == "word" and value in FUNCTIONS:
            self.take("(")
            args = []
            while self.peek()[1] != ")":
                if args:
                    self.take(",")
                args.append(self.level(0))
            self.take(")")
            low, high = FUNCTIONS[value]
            if not low <= len(args) <= high:
                raise ValueError(f"{value}() takes {low} to {high} arguments")
            if value in ("regex", "format-date") and args[1][0] != "lit":
                raise ValueError(f"{value}() needs a literal")
            return ("call", value, args)
        raise ValueError(f"unexpected {value!r}")


def number(v):
    if isinstance(v, bool):
        return D(int(v))
    if isinstance(v, (int, D)):
        return D(v)
    if isinstance(v, str):
        if re.fullmatch(r"-?\d+(\.\d+)?", v.strip()):
            return D(v.strip())
        m = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d))?", v)
        if m:
            days = D(datetime.date.fromisoformat(m[1]).toordinal())
            return days + (D(m[2]) * 60 + D(m[3])) / 1440 if m[2] else days
    return None


def text(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    return " ".join(map(text, v)) if isinstance(v, list) else str(v)


def truth(v):
    return v != 0 if isinstance(v, (int, D)) and not isinstance(v, bool) else bool(v)


def compare(op, a, b):
    if isinstance(a, list) or isinstance(b, list):
        return any(compare(op, x, y) for x in (a if isinstance(a, list) else [a]) for y in (b if isinstance(b, list) else [b]))
    x, y = number(a), number(b)
    if op in ("=", "!="):
        same = a == b if isinstance(a, str) and isinstance(b, str) else x is not None and y is not None and x == y
        return same == (op == "=")
    if x is None or y is None:
        return False
    return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]


def trunc(x):
    return x.to_integral_value(rounding=decimal.ROUND_DOWN)


def run(tree, env, me=""):
    kind = tree[0]
    if kind == "lit":
        return tree[1]
    if kind == "var":
        return env(tree[1])
    if kind == "self":
        return me
    if kind == "op":
        op = tree[1]
        if op in ("or", "and"):
            left = truth(run(tree[2], env, me))
            return left if left == (op == "or") else truth(run(tree[3], env, me))
        a, b = run(tree[2], env, me), run(tree[3], env, me)
        if op in ("=", "!=", "<", "<=", ">", ">="):
            return compare(op, a, b)
        x, y = number(a), number(b)
        if x is None or y is None or (op in ("div", "mod") and y == 0):
            return ""
        return {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "div": lambda: x / y, "mod": lambda: x - y * trunc(x / y)}[op]()
    name, args = tree[1], tree[2]
    if name == "if":
        return run(args[1] if truth(run(args[0], env, me)) else args[2], env, me)
    v = [run(a, env, me) for a in args]
    if name in ("true", "false"):
        return name == "true"
    if name == "coalesce":
        return next((x for x in v if x != "" and x != []), "")
    if name == "today":
        return NOW.date().isoformat()
    if name == "now":
        return NOW.strftime("%Y-%m-%dT%H:%M")
    if name == "concat":
        return "".join(map(text, v))
    if name == "not":
        return not truth(v[0])
    if name == "int":
        return "" if number(v[0]) is None else trunc(number(v[0]))
    if name == "format-date":
        return "" if number(v[0]) is None else datetime.datetime.fromisoformat(v[0]).strftime(v[1])
    if name == "sum":
        items = [x for y in v for x in (y if isinstance(y, list) else [y])]
        known = [number(x) for x in items if x != ""]
        return "" if items and not known else sum(known, D(0))
    raise ValueError(f"the check's evaluator lacks {name}()")


# ---- reading the forms ----

def no_twice(pairs):
    keys = [k for k, _ in pairs]
    for k in {k for k in keys if keys.count(k) > 1}:
        raise ValueError(f"member {k!r} stands twice")
    return dict(pairs)


def no_float(s):
    raise ValueError(f"{s} is not an integer")


def read(path):
    raw = path.read_bytes()
    try:
        s = raw.decode("utf-8")
        if s != unicodedata.normalize("NFC", s):
            fault(path.name, "not in normal form C")
        if raw.startswith(b"\xef\xbb\xbf"):
            fault(path.name, "begins with a byte order mark")
        return json.loads(s, object_pairs_hook=no_twice, parse_float=no_float, parse_constant=no_float)
    except ValueError as e:
        fault(path.name, str(e))
        return None


def check_texts(where, t, code=""):
    if not isinstance(t, dict) or not {"vi", "en"} <= set(t):
        fault(where, "needs vi and en")
        return
    for lang in ("vi", "en"):
        label = t[lang]
        if not isinstance(label, str) or not label.strip() or label != label.strip() or "  " in label:
            fault(where, f"{lang} is empty or badly spaced")
        elif "_" in label:
            fault(where, f"{lang} label {label!r} contains an underscore")
        elif code and label.casefold() == code.casefold():
            fault(where, f"{lang} label {label!r} is the code itself")
    if isinstance(t["vi"], str) and t["vi"] not in PLAIN and not VIETNAMESE.search(t["vi"]):
        fault(where, f"Vietnamese label {t['vi']!r} has no diacritics")
    if t["vi"] == t["en"] and t["vi"] not in PLAIN:
        fault(where, f"{t['vi']!r} is the same in both languages")


def expressions(form):
    """Every expression of a form: (where, text)."""
    for i, f in enumerate(form["fields"]):
        where = f"{form['form']}.{f['name']}"
        for m in ("required", "relevant", "constraint", "calculate"):
            if isinstance(f.get(m), str):
                yield f"{where}.{m}", f[m]
        if is_expr_default(f.get("default")):
            yield f"{where}.default", f["default"]
        for w in f.get("warn", []):
            yield f"{where}.warn", w["if"]
    for i, r in enumerate(form.get("rules", [])):
        yield f"{form['form']}.rules[{i}]", r.get("constraint", r.get("warn"))


def is_expr_default(d):
    return isinstance(d, str) and ("(" in d or "${" in d or "'" in d or '"' in d)


def check_expressions(form, forms):
    own = {f["name"] for f in form["fields"]}
    parents = form.get("parent", {}).get("kinds", [])
    kids = {c["kind"] for c in form.get("children", [])}
    for where, source in expressions(form):
        try:
            names = Expr(source).names
        except ValueError as e:
            fault(where, f"{e} in {source!r}")
            continue
        for n in names:
            head, _, tail = n.partition(".")
            if not tail:
                ok = n in own
            elif head == "parent":
                ok = parents and all(tail in {f["name"] for f in forms[k]["fields"]} for k in parents)
            else:
                ok = head in kids and tail in {f["name"] for f in forms[head]["fields"]}
            if not ok:
                fault(where, f"${{{n}}} names nothing")
        for literal in re.findall(r"\$\{([a-z_]+)\} !?= '([^']+)'", source):
            values = list_values(form, literal[0])
            if values is not None and literal[1] not in values:
                fault(where, f"{literal[1]!r} is no value of {literal[0]}")


def list_values(form, name):
    f = next((f for f in form["fields"] if f["name"] == name), None)
    if f is None or "list" not in f:
        return None
    return [v["v"] for v in form["lists"].get(f["list"], [])]


def check_field(form, f, forms):
    where = f"{form['form']}.{f.get('name')}"
    for m in set(f) - set(FIELD):
        fault(where, f"unknown member {m}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", f.get("name", "")):
        fault(where, "bad name")
    if f.get("type") not in TYPES:
        fault(where, "unknown type")
    check_texts(where, f.get("label"), f["name"])
    for m in ("unit", "hint", "constraint_msg"):
        if m in f:
            check_texts(f"{where}.{m}", f[m])
    for w in f.get("warn", []):
        if set(w) != {"if", "vi", "en"}:
            fault(where, "a warning has if, vi, en")
        check_texts(f"{where}.warn", w)
    if ("constraint" in f) != ("constraint_msg" in f):
        fault(where, "constraint and constraint_msg go together")
    if f["type"] == "derived":
        if "calculate" not in f or "merge" in f or "required" in f:
            fault(where, "a derived field has calculate, and neither merge nor required")
    elif f.get("merge") not in MERGES:
        fault(where, "has no merge policy")
    for m, types in ONLY.items():
        if m in f and f["type"] not in types:
            fault(where, f"{m} does not belong to {f['type']}")
    if f["type"] in ("choice", "choices") and f.get("list") not in form.get("lists", {}):
        fault(where, f"list {f.get('list')!r} does not exist")
    if f["type"] == "ref":
        for k in f["of"] if isinstance(f["of"], list) else [f["of"]]:
            if k not in forms:
                fault(where, f"of {k!r} is no kind")
    if "pattern" in f:
        re.compile(f["pattern"])
    if isinstance(f.get("default"), str) and f["type"] == "choice" and not is_expr_default(f["default"]):
        if f["default"] not in list_values(form, f["name"]):
            fault(where, "default is no value of the list")


def check_form(form, forms, path):
    name = form.get("form")
    if path.stem != name:
        fault(path.name, f"holds form {name!r}")
    for m in set(form) - set(TOP):
        fault(name, f"unknown member {m}")
    if form["class"] not in CLASSES or form["scope"] not in ("commune", "*") or not 1 <= form["version"] <= 9999:
        fault(name, "bad class, scope or version")
    check_texts(name, form["label"], name)
    names = [f["name"] for f in form["fields"]]
    for n in {n for n in names if names.count(n) > 1}:
        fault(name, f"field {n} stands twice")
    for f in form["fields"]:
        check_field(form, f, forms)
    for n in form["title"] + [k for k in form.get("key", []) if k != "scope"]:
        if n not in names:
            fault(name, f"title or key names {n!r}")
    used = {f.get("list") for f in form["fields"]}
    for n, items in form.get("lists", {}).items():
        if n not in used:
            fault(name, f"list {n} is used by no field")
        values = [i["v"] for i in items]
        if len(set(values)) != len(values) or any(" " in v or not v for v in values):
            fault(name, f"list {n}: values twice, empty or with a space")
        for lang in ("vi", "en"):
            labels = [i[lang] for i in items]
            if len({x.casefold() for x in labels}) != len(labels):
                fault(name, f"list {n}: two values with the same {lang} label")
        for i in items:
            if set(i) != {"v", "vi", "en"}:
                fault(f"{name}.{n}", "an item has v, vi, en")
            check_texts(f"{name}.{n}.{i['v']}", i, i["v"])
    at = -1
    for s in form.get("sections", []):
        if set(s) != {"vi", "en", "from"} or s.get("from") not in names:
            fault(name, f"a section has vi, en, from: {s}")
            continue
        check_texts(f"{name}.sections.{s['from']}", s)
        if names.index(s["from"]) <= at:
            fault(name, f"section {s['from']} does not come after the one before it")
        at = names.index(s["from"])
    for r in form.get("rules", []):
        if set(r) not in ({"constraint", "vi", "en"}, {"warn", "vi", "en"}):
            fault(name, "a rule has constraint or warn, vi, en")
        check_texts(f"{name}.rules", r)
    for c in form.get("children", []):
        if c["kind"] not in forms or name not in forms[c["kind"]].get("parent", {}).get("kinds", []):
            fault(name, f"child {c['kind']} does not know this parent")
    if "parent" in form:
        if form["parent"]["field"] not in names:
            fault(name, "the parent's field does not exist")
        for k in form["parent"]["kinds"]:
            if k not in forms or name not in {c["kind"] for c in forms[k].get("children", [])}:
                fault(name, f"parent {k} does not know this child")
    check_expressions(form, forms)


# ---- the domain's list ----

def check_domain(forms):
    wanted, current = {}, None
    for row in DOMAIN.strip().splitlines():
        words = row.split()
        if not row.startswith(" "):
            current = wanted[words[0]] = {"head": words[1:], "fields": {}}
        else:
            current["fields"][words[0]] = words[1:]
    for name in sorted(set(wanted) ^ set(forms)):
        fault(name, "form missing" if name in wanted else "form is not in the domain's list")
    for name in sorted(set(wanted) & set(forms)):
        form, want = forms[name], wanted[name]
        parent = form.get("parent")
        head = [form["class"], form["scope"], ",".join(form.get("key", [])) or "-",
                f"{parent['field']}:{','.join(parent['kinds'])}" if parent else "-",
                ",".join(c["kind"] for c in form.get("children", [])) or "-"]
        if head != want["head"]:
            fault(name, f"is {head}, the domain asks for {want['head']}")
        have = {f["name"]: f for f in form["fields"]}
        for n in sorted(set(have) ^ set(want["fields"])):
            fault(f"{name}.{n}", "missing" if n in want["fields"] else "not in the domain's list")
        for n in sorted(set(have) & set(want["fields"])):
            f = have[n]
            required = f.get("required")
            row = [f["type"], f.get("merge", "-"), "*" if required is True else "?" if required else "-"] + (list_values(form, n) or [])
            if row != want["fields"][n]:
                fault(f"{name}.{n}", f"is {row}, the domain asks for {want['fields'][n]}")
    for name, n, member, value in STATED:
        f = next((f for f in forms[name]["fields"] if f["name"] == n), {})
        if f.get(member) != value:
            fault(f"{name}.{n}", f"{member} is {f.get(member)!r}, the domain says {value!r}")
    for name in wanted:
        for f in forms[name]["fields"]:
            if f["type"] in ("money", "decimal") and f.get("min") != 0:
                fault(f"{name}.{f['name']}", "may not be negative")


# ---- records against forms ----

def check_kinds(forms, path):
    """sync/kinds.c, which says who may write what, knows the same kinds, classes and scopes."""
    agree = {"REGISTER": ("register",), "SESSION": ("session", "line"), "CHECK": ("check", "statement", "line")}
    table = dict(re.findall(r'\{"(\w+)", KINDS_(\w+)\},', path.read_text(encoding="utf-8")))
    for name in sorted(set(table) ^ set(forms)):
        fault("sync/kinds.c", f"{name} is known only {'there' if name in table else 'to the forms'}")
    for name in sorted(set(table) & set(forms)):
        if forms[name]["class"] not in agree.get(table[name], ("centre",)):
            fault("sync/kinds.c", f"{name} is {table[name]} there, {forms[name]['class']} in its form")


def values_of(form, rec, around, forms):
    """A look-up over a record: stored values, derived ones, the parent's, the children's."""
    fields = {f["name"]: f for f in form["fields"]}

    def get(n):
        head, _, tail = n.partition(".")
        if tail and head == "parent":
            return get_in(around.get("parent", {}), tail)
        if tail:
            kid = forms[head]
            return [values_of(kid, c, {"parent": rec}, forms)(tail) for c in around.get("children", {}).get(head, [])]
        f = fields[n]
        return run(Expr(f["calculate"]).tree, get) if f["type"] == "derived" else get_in(rec, n)

    return get


def get_in(rec, n):
    v = rec.get(n)
    return "" if v is None else v


WIRE = {"int": int, "money": int, "bool": bool, "tags": list, "choices": list, "blob": dict}


def judge(form, rec, around, forms):
    get = values_of(form, rec, around, forms)
    errors, warnings = [n for n in rec if n not in {f["name"] for f in form["fields"]}], 0

    def true(source, me=""):
        return truth(run(Expr(source).tree, get, me))

    for f in form["fields"]:
        v = get(f["name"])
        given = v != "" and v != []
        if f["type"] != "derived":
            applies = "relevant" not in f or true(f["relevant"])
            required = f.get("required", False)
            if isinstance(required, str):
                required = true(required)
            bad = (not applies and given) or (applies and required and not given)
            if given and applies:
                bad = bad or not isinstance(v, WIRE.get(f["type"], str)) or (WIRE.get(f["type"]) is int and isinstance(v, bool))
                if not bad and f["type"] == "decimal":
                    bad = not re.fullmatch(r"(0|[1-9]\d*)(\.\d{0,%d}[1-9])?" % (f["places"] - 1), v)
                if not bad and f["type"] in ("choice", "choices"):
                    bad = not set([v] if isinstance(v, str) else v) <= set(list_values(form, f["name"]))
                if not bad and "pattern" in f:
                    bad = not re.fullmatch(f["pattern"], v)
                if not bad and f["type"] in ("text", "code", "phone"):
                    bad = len(v) > f.get("maxlen", 10000) or (f["type"] == "phone" and not re.fullmatch(r"\+?\d{8,15}", v))
                if not bad and number(v) is not None and f["type"] in ("int", "money", "decimal"):
                    bad = number(v) < f.get("min", -2**53) or number(v) > f.get("max", 2**53)
                if not bad and "constraint" in f:
                    bad = not true(f["constraint"], v)
            if bad:
                errors.append(f["name"])
        if given:
            warnings += sum(true(w["if"], v) for w in f.get("warn", []))
    for r in form.get("rules", []):
        if "constraint" in r and not true(r["constraint"]):
            errors.append("rule")
        if "warn" in r and true(r["warn"]):
            warnings += 1
    return errors, warnings, get


def check_rules(forms):
    for i, (name, base, changes, around, errors, warnings, derived) in enumerate(RULES):
        where = f"case {i} ({name} {json.dumps(changes, ensure_ascii=False)})"
        got_errors, got_warnings, get = judge(forms[name], {**base, **changes}, around, forms)
        if got_errors != errors:
            fault(where, f"errors {got_errors}, expected {errors}")
        if got_warnings != warnings:
            fault(where, f"{got_warnings} warnings, expected {warnings}")
        for n, want in derived.items():
            got = get(n)
            if (got != "") if want is NONE else number(got) != number(want):
                fault(where, f"{n} is {got!r}, expected {'empty' if want is NONE else want}")


def check_samples(forms, paths):
    """tests/sample/*.json: {"kind","fields","children":[{"kind","fields"}]}: no errors. The references are filled in by the agent."""
    for path in paths:
        body = read(path)
        if body is None:
            continue
        form = forms[body["kind"]]
        kids = {}
        for c in body.get("children", []):
            kids.setdefault(c["kind"], []).append(c["fields"])
        later = {f["name"] for f in form["fields"] if f["type"] == "ref"}
        errors = [e for e in judge(form, body["fields"], {"children": kids}, forms)[0] if e not in later]
        for kind, records in kids.items():
            own = forms[kind]["parent"]["field"]
            seen = [tuple(r.get(k) for k in forms[kind].get("key", []) if k != own) for r in records]
            if "key" in forms[kind] and len(set(seen)) != len(seen):
                errors.append(f"{kind}: equal keys")
            for r in records:
                errors += [f"{kind}.{e}" for e in judge(forms[kind], {**r, own: "x"}, {"parent": body["fields"]}, forms)[0]]
        for c in form.get("children", []):
            if not c["min"] <= len(kids.get(c["kind"], [])) <= c["max"]:
                errors.append(f"{len(kids.get(c['kind'], []))} of {c['kind']}")
        if errors:
            fault(f"tests/sample/{path.name}", f"does not satisfy the form: {errors}")


def check(root):
    """[(place, message)] of everything wrong under root."""
    faults.clear()
    root = pathlib.Path(root)
    paths = sorted((root / "sync" / "forms").glob("*.json"))
    read_in = [(p, read(p)) for p in paths]
    forms = {f["form"]: f for _, f in read_in if f is not None}
    if len(forms) == len(paths):
        for p, f in read_in:
            check_form(f, forms, p)
        check_domain(forms)
        if (root / "sync" / "kinds.c").exists():
            check_kinds(forms, root / "sync" / "kinds.c")
    if not faults:
        check_rules(forms)
        check_samples(forms, sorted((root / "tests" / "sample").glob("*.json")))
    return list(faults)


def clean():
    """The tree itself, as a tree to plant violations in."""
    here = pathlib.Path(__file__).resolve().parents[2]
    return {str(p.relative_to(here)): p.read_text(encoding="utf-8")
            for pattern in ("sync/forms/*.json", "sync/kinds.c", "tests/sample/*.json") for p in here.glob(pattern)}


def planted(tree):
    """[(title, changed files, what the check must say)]: one change each."""
    def swap(name, old, new):
        path = f"sync/forms/{name}.json"
        if tree[path].count(old) < 1:
            raise SystemExit(f"forms: the planted violation finds no {old!r} in {path}")
        return {path: tree[path].replace(old, new, 1)}

    return [
        ("a label that is its code", swap("asset", '"Xe ô tô"', '"xe_o_to"'), "underscore"),
        ("a label equal to its code", swap("equipment_line", '"vi": "Camera giám sát"', '"vi": "camera"'), "the code itself"),
        ("a label without diacritics", swap("facility", '"Địa chỉ"', '"Dia chi"'), "no diacritics"),
        ("a label not in NFC", swap("facility", '"Địa chỉ"', '"' + unicodedata.normalize("NFD", "Địa chỉ") + '"'), "normal form"),
        ("a member twice", swap("photo", '"version": 1,', '"version": 1, "version": 1,'), "twice"),
        ("a fraction", swap("photo", '"version": 1,', '"version": 1.0,'), "not an integer"),
        ("an unknown member", swap("photo", '"version": 1,', '"version": 1, "colour": 1,'), "unknown member"),
        ("a name that is none", swap("inventory_line", "${book_qty}", "${book_quantity}"), "names nothing"),
        ("a field of the parent that is none", swap("equipment_line", "${parent.staff_approved}", "${parent.staff}"), "names nothing"),
        ("a function that is none", swap("asset", "coalesce(", "nvl("), "unexpected"),
        ("a value that no list has", swap("facility_check", "= 'chua_du'", "= 'chua'"), "is no value of"),
        ("a missing list", swap("facility_check", '"list": "supply"', '"list": "supplies"'), "does not exist"),
        ("a list value gone", swap("facility", '\t\t\t{"v": "ban", "vi": "Bán, chuyển nhượng", "en": "Sold"},\n', ""), "the domain asks for"),
        ("another merge policy", swap("asset", '"merge": "union"', '"merge": "latest"'), "the domain asks for"),
        ("a norm that rounds down", swap("equipment_line", "+ 2) div 3", "+ 0) div 3"), "norm_max"),
        ("a difference before the count", swap("inventory_line", "${count_status} = 'da_kiem' and ${counted_qty} != '', ${counted_qty} -", "true(), coalesce(${counted_qty}, 0) -"), "diff_qty"),
        ("a bound that is not the domain's", swap("facility", '"min": 1900', '"min": 1800'), "the domain says"),
        ("a kind that sync/kinds.c does not know", {"sync/kinds.c": tree["sync/kinds.c"].replace('{"task", KINDS_TASK},', "")}, "only to the forms"),
        ("a sample that does not fit", {"tests/sample/x.json": '{"kind": "weekly_statement", "fields": {"week": "2026-W60"}}'}, "does not satisfy"),
    ]


if __name__ == "__main__":
    CLEAN = clean()
    common.main("forms", check, CLEAN, planted(CLEAN))
