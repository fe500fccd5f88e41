#!/usr/bin/env python3
"""make_register: the fictional register of Xã Hòa Khê (01201), written to tests/sample/register.

    make_register.py [FOLDER]

facilities.csv, assets.csv: UTF-8 with BOM, ";" between columns, headers and choices by their Vietnamese labels, numbers
as 1.234.567 and 1.234,5, dates as dd/mm/yyyy, codes as text. bad.csv: assets with one fault in each of eight rows and
three good rows among them. The same bytes every time. Nothing here is a real place, person or asset.
"""
import csv
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
FORMS = HERE.parents[1] / "sync" / "forms"
UBND, PVHCC, MN, TH, THCS, YTE = "0045101", "0045102", "0045103", "0045104", "0045105", "0045106"

# Life in years (TT 141, annex I) by equipment type or class.
LIFE = {"may_tinh_ban": 7, "xach_tay": 7, "may_tinh_bang": 7, "may_in": 7, "may_scan": 7, "photocopy": 7, "da_nang": 7, "may_huy": 7, "dien_thoai": 7,
        "ban_ghe": 10, "tu_tai_lieu": 8, "dieu_hoa": 8, "xe_o_to": 15, "ptvt_khac": 10, "nha_cong_trinh": 25, "nha_cap_iv": 15, "vat_kien_truc": 10,
        "may_moc_thiet_bi": 5, "huu_hinh_khac": 8, "phan_mem": 5}
# Rates in hundredths of a per cent, as printed in the annex.
RATE = {5: 2000, 7: 1429, 8: 1250, 10: 1000, 15: 667, 25: 400}

FACILITIES = """
unit|name|address|former|type|sheet|parcel|cert|land|build|floor|grade|storeys|year|office|service|housing|leased|vacant|encroached|other|surplus|form|purpose|no|date|note
0045101|Trụ sở UBND xã Hòa Khê|Thôn Đông Thượng, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|tru_so|12|145|co|6240|820|2460|III|3|2011|2310|||||| 150|khong|||||Nơi làm việc chính sau sắp xếp
0045102|Trung tâm Phục vụ hành chính công xã Hòa Khê|Thôn Đông Thượng, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|mot_cua|12|146|co|980,5|312|312|III|1|2019|312|||||||khong|||||
0045101|Trụ sở UBND xã Hoà Trung (cũ)|Thôn Cầu Mới, xã Hòa Khê|Xã Hoà Trung, huyện Khê Giang|tru_so|7|88|co|4125|610|1220|III|2|2006|240||||980|||co_phuong_an|dieu_chuyen|y_te|||Đề nghị điều chuyển cho Trạm Y tế
0045101|Trụ sở UBND xã Khê Thượng (cũ)|Bản Nà Lốc, xã Hòa Khê|Xã Khê Thượng, huyện Khê Giang|tru_so|3|21|dang_lam|3870|540|540|IV|1|1998||540||||||da_xu_ly|dieu_chuyen|giao_duc|214/QĐ-UBND|18/09/2025|Đã giao Trường Tiểu học Hòa Khê làm điểm trường Khê Thượng
0045103|Trường Mầm non Hòa Khê|Thôn Đông Hạ, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|truong|12|203|co|5312,4|960|1540|III|2|2015||1540||||||khong|||||
0045103|Điểm trường Mầm non Nà Lốc|Bản Nà Lốc, xã Hòa Khê|Xã Khê Thượng, huyện Khê Giang|truong|3|34|chua|860|180|180|IV|1|2004||180||||||khong|||||Mái dột về mùa mưa
0045104|Trường Tiểu học Hòa Khê|Thôn Đông Hạ, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|truong|12|210|co|8450|1320|2640|III|2|2009||2640||||||khong|||||
0045105|Trường THCS Trần Văn Lẫm|Thôn Cầu Mới, xã Hòa Khê|Xã Hoà Trung, huyện Khê Giang|truong|7|95|co|9215|1410|2820|III|2|2008||2760|60|||||khong|||||
0045106|Trạm Y tế xã Hòa Khê|Thôn Đông Thượng, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|tram_y_te|12|151|co|2104|380|620|III|2|2017||620||||||khong|||||
0045106|Điểm trạm Y tế Khê Thượng|Bản Nà Lốc, xã Hòa Khê|Xã Khê Thượng, huyện Khê Giang|tram_y_te|3|22|dang_lam|1150|210|210|IV|1|2001||90|||120|||chua_phuong_an|||||Chờ phương án bố trí lại
chưa có|Nhà văn hóa thôn Đông Hạ|Thôn Đông Hạ, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|nha_van_hoa|12|232|chua|640|165|165|IV|1|2013||165||||||khong|||||
chưa có|Nhà văn hoá thôn Bãi Cát - Cồn Giữa|Thôn Bãi Cát - Cồn Giữa, xã Hòa Khê|Xã Hoà Trung, huyện Khê Giang|nha_van_hoa|8|17|chua|520|140|140|IV|1|2016||140||||||khong|||||
chưa có|Nhà sinh hoạt cộng đồng buôn H'Lốc|Buôn H'Lốc, xã Hòa Khê|Xã Khê Thượng, huyện Khê Giang|nha_van_hoa|3|47|chua|775|120|120|IV|1|2018||120||||||khong|||||
0045101|Sân thể thao trung tâm xã|Thôn Đông Thượng, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|the_thao|12|160|co|10850|85|85|IV|1|2012||85||||||khong|||||Khán đài nhỏ, nhà để dụng cụ
0045101|Trụ sở Công an xã Hòa Khê|Thôn Đông Thượng, xã Hòa Khê|Xã Hòa Khê cũ, huyện Khê Giang|cong_an_quan_su|12|148|co|1200|240|480|III|2|2021|480|||||||khong|||||
0045105|Nhà công vụ giáo viên Khê Thượng|Bản Nà Lốc, xã Hòa Khê|Xã Khê Thượng, huyện Khê Giang|nha_cong_vu|3|36|dang_lam|430|150|150|IV|1|2003|||110||40|||dang_xu_ly|tiep_tuc_sd|giao_duc|||Sửa chữa để giáo viên điểm trường ở lại
0045101|Kho lưu trữ xã Hòa Khê|Thôn Cầu Mới, xã Hòa Khê|Xã Hoà Trung, huyện Khê Giang|kho|7|90|co|310|96|96|IV|1|2006|96|||||||khong|||||
0045101|Khu đất chợ Bến cũ|Thôn Cầu Mới, xã Hòa Khê|Xã Hoà Trung, huyện Khê Giang|dat_trong|7|61|chua|2765,8|||||||||||||chua_phuong_an|||||Một phần bị các hộ bên cạnh lấn, chưa đo lại
"""
FACILITY_COLUMNS = ["unit_code", "name", "address", "former_unit", "facility_type", "map_sheet", "parcel", "land_cert", "land_area", "build_area", "floor_area",
                    "grade", "storeys", "built_year", "use_office", "use_service", "use_housing", "use_leased", "use_vacant", "use_encroached", "use_other",
                    "surplus_status", "handling_form", "handling_purpose", "decision_no", "decision_date", "note"]

# unit|name|class|equipment|brand|model|uom|quantity|origin|year|cost of each|where: one row for each place, "*3" for three rows|condition (or several, in turn)
ASSETS = """
0045101|Quyền sử dụng đất trụ sở UBND xã Hòa Khê|quyen_sd_dat||||m2|6240|khac|2011|18.720.000.000|Thôn Đông Thượng|tot
0045101|Đất nhà truyền thống|quyen_sd_dat||||m2|3582|khac|2009|28.657.244.000|Thôn Đông Thượng|tot
0045101|Quyền sử dụng đất trụ sở UBND xã Hoà Trung (cũ)|quyen_sd_dat||||m2|4125|khac|2006|9.900.000.000|Thôn Cầu Mới|tot
0045101|Quyền sử dụng đất sân thể thao trung tâm xã|quyen_sd_dat||||m2|10850|khac|2012|6.510.000.000|Thôn Đông Thượng|tot
0045105|Quyền sử dụng đất Trường THCS Trần Văn Lẫm|quyen_sd_dat||||m2|9215|khac|2008|11.058.000.000|Thôn Cầu Mới|tot
0045101|Nhà làm việc 3 tầng UBND xã Hòa Khê|nha_cong_trinh||||m2|2460|dau_tu|2011|15.862.450.000|Trụ sở UBND xã Hòa Khê|kha
0045101|Nhà làm việc 2 tầng UBND xã Hoà Trung (cũ)|nha_cong_trinh||||m2|1220|dau_tu|2006|4.315.700.000|Trụ sở UBND xã Hoà Trung (cũ)|trung_binh
0045101|Nhà làm việc cấp IV UBND xã Khê Thượng (cũ)|nha_cong_trinh|nha_cap_iv|||m2|540|dau_tu|1998|685.000.000|Trụ sở UBND xã Khê Thượng (cũ)|kem
0045102|Nhà Trung tâm Phục vụ hành chính công|nha_cong_trinh||||m2|312|dau_tu|2019|2.748.600.000|Trung tâm Phục vụ hành chính công|tot
0045103|Nhà lớp học 2 tầng 8 phòng|nha_cong_trinh||||m2|1540|dau_tu|2015|8.920.300.000|Trường Mầm non Hòa Khê|tot
0045104|Nhà lớp học 2 tầng 12 phòng|nha_cong_trinh||||m2|2640|dau_tu|2009|11.206.800.000|Trường Tiểu học Hòa Khê|kha
0045106|Nhà trạm y tế 2 tầng|nha_cong_trinh||||m2|620|dau_tu|2017|4.150.000.000|Trạm Y tế xã Hòa Khê|tot
chưa có|Nhà văn hóa thôn Đông Hạ|nha_cong_trinh|nha_cap_iv|||m2|165|dau_tu|2013|850.000.000|Thôn Đông Hạ|kha
chưa có|Nhà văn hoá thôn Bãi Cát - Cồn Giữa|nha_cong_trinh|nha_cap_iv|||m2|140|dau_tu|2016|912.000.000|Thôn Bãi Cát - Cồn Giữa|tot
chưa có|Nhà sinh hoạt cộng đồng buôn H'Lốc|nha_cong_trinh|nha_cap_iv|||m2|120|tang_cho|2018|640.000.000|Buôn H'Lốc|tot
0045101|Tường rào, cổng trụ sở UBND xã|vat_kien_truc||||he_thong|1|dau_tu|2012|428.500.000|Trụ sở UBND xã Hòa Khê|kha
0045101|Nhà để xe cán bộ|vat_kien_truc||||he_thong|1|dau_tu|2014|146.200.000|Trụ sở UBND xã Hòa Khê|trung_binh
0045106|Giếng khoan và bể nước|vat_kien_truc||||he_thong|1|dau_tu|2017|78.400.000|Trạm Y tế xã Hòa Khê|kha
0045101|Xe ô tô Toyota Fortuner 7 chỗ|xe_o_to|o_to|Toyota|Fortuner 2.7V|chiec|1|dieu_chuyen|2014|1.050.000.000|Trụ sở UBND xã Hòa Khê|trung_binh
0045101|Xe ô tô bán tải Ford Ranger|xe_o_to|o_to|Ford|Ranger XLS 2.2|chiec|1|mua|2019|659.000.000|Trụ sở UBND xã Hòa Khê|kha
0045101|Xe mô tô Honda Wave|ptvt_khac||Honda|Wave RSX 110|chiec|1|mua|2015|21.500.000|Ban Chỉ huy Quân sự xã;Công an viên buôn H'Lốc|trung_binh,kem
0045101|Máy tính để bàn Dell OptiPlex 7090|may_moc_thiet_bi|may_tinh_ban|Dell|OptiPlex 7090|bo|1|mua|2022|18.500.000|Phòng Chủ tịch;Phòng Phó Chủ tịch 1;Phòng Phó Chủ tịch 2;Phòng Văn phòng HĐND và UBND*4;Phòng Kinh tế*3|tot,kha,kha
0045101|Máy tính để bàn Dell Vostro 3020|may_moc_thiet_bi|may_tinh_ban|Dell|Vostro 3020 MT|bo|1|mua|2024|14.990.000|Phòng Văn hóa - Xã hội*3;Phòng Kinh tế*2;Phòng Tài chính - Kế toán*2|tot
0045101|Máy tính để bàn HP ProDesk 400 G4|may_moc_thiet_bi|may_tinh_ban|HP|ProDesk 400 G4|bo|1|dieu_chuyen|2018|13.200.000|Ban Chỉ huy Quân sự xã;Kho lưu trữ xã;Trụ sở UBND xã Hoà Trung (cũ)*4|trung_binh,kem,hong
0045102|Máy tính để bàn Dell Vostro 3020|may_moc_thiet_bi|may_tinh_ban|Dell|Vostro 3020 MT|bo|1|mua|2025|14.990.000|Quầy số 1;Quầy số 2;Quầy số 3;Quầy số 4;Quầy số 5;Khu tra cứu*2|tot
0045101|Máy tính xách tay Lenovo ThinkPad E14|may_moc_thiet_bi|xach_tay|Lenovo|ThinkPad E14 Gen 4|chiec|1|mua|2023|19.850.000|Phòng Chủ tịch;Phòng họp trực tuyến;Phòng Văn phòng HĐND và UBND|tot
0045105|Máy tính để bàn phòng tin học|may_moc_thiet_bi|may_tinh_ban|CMS|XPro i3-10100|bo|1|mua|2021|11.450.000|Phòng tin học 1*6|kha,kha,trung_binh
0045104|Máy tính bảng phục vụ dạy học|ccdc|may_tinh_bang|Samsung|Galaxy Tab A8|chiec|10|tang_cho|2023|6.190.000|Thư viện|tot
0045101|Máy in HP LaserJet Pro M404dn|ccdc|may_in|HP|LaserJet Pro M404dn|cai|1|mua|2021|8.500.000|Phòng Văn phòng HĐND và UBND;Phòng Kinh tế;Phòng Văn hóa - Xã hội;Phòng Tài chính - Kế toán|kha,trung_binh
0045101|Máy in Canon LBP 2900|ccdc|may_in|Canon|LBP 2900|cai|1|dieu_chuyen|2016|3.650.000|Kho lưu trữ xã;Ban Chỉ huy Quân sự xã|kem,hong
0045102|Máy in đa năng Brother MFC-L2701DW|ccdc|da_nang|Brother|MFC-L2701DW|cai|1|mua|2024|7.450.000|Quầy số 1;Quầy số 4|tot
0045102|Máy quét Canon DR-C225 II|may_moc_thiet_bi|may_scan|Canon|imageFORMULA DR-C225 II|cai|1|mua|2024|12.800.000|Quầy số 2;Quầy số 5|tot
0045101|Máy quét Canon DR-M260|may_moc_thiet_bi|may_scan|Canon|imageFORMULA DR-M260|cai|1|mua|2022|21.900.000|Phòng Văn phòng HĐND và UBND|tot
0045101|Máy photocopy Ricoh MP 5055SP|may_moc_thiet_bi|photocopy|Ricoh|MP 5055SP|cai|1|mua|2020|98.000.000|Phòng Văn phòng HĐND và UBND|trung_binh
0045102|Máy photocopy Ricoh IM 2702|may_moc_thiet_bi|photocopy|Ricoh|IM 2702|cai|1|mua|2025|86.500.000|Sảnh Trung tâm Phục vụ hành chính công|tot
0045101|Máy hủy tài liệu Silicon PS-880C|ccdc|may_huy|Silicon|PS-880C|cai|1|mua|2021|4.900.000|Kho lưu trữ xã|kha
0045101|Bộ thiết bị hội nghị truyền hình Polycom|may_moc_thiet_bi|thiet_bi_vc|Polycom|Group 310|bo|1|dieu_chuyen|2021|168.400.000|Phòng họp trực tuyến|kha
0045101|Màn hình LED hội trường P3|may_moc_thiet_bi|man_hinh_led|Hanel|P3 4x2,5 m|he_thong|1|mua|2023|195.000.000|Hội trường tầng 3|tot
0045101|Hệ thống âm thanh hội trường TOA|may_moc_thiet_bi|am_thanh|TOA|A-2240|he_thong|1|mua|2017|64.300.000|Hội trường tầng 3|trung_binh
chưa có|Bộ loa và tăng âm nhà văn hóa|may_moc_thiet_bi|am_thanh|BMB|CSE-310|bo|1|tang_cho|2019|11.200.000|Nhà văn hóa thôn Đông Hạ;Nhà văn hoá thôn Bãi Cát - Cồn Giữa|kha,tot
0045102|Ki-ốt lấy số và tra cứu|may_moc_thiet_bi|kiosk|VNPT|iGate K21|cai|1|mua|2024|58.000.000|Sảnh Trung tâm Phục vụ hành chính công|tot
0045102|Camera giám sát khu tiếp dân|ccdc|camera|Hikvision|DS-2CD1023G0|cai|4|mua|2024|1.350.000|Sảnh Trung tâm Phục vụ hành chính công|tot
0045102|Bộ lưu điện APC BX1100|ccdc|ups|APC|BX1100LI-MS|cai|1|mua|2024|2.500.000|Quầy số 1;Quầy số 3;Phòng máy chủ|tot
0045101|Thiết bị tường lửa FortiGate 40F|may_moc_thiet_bi|tuong_lua|Fortinet|FortiGate 40F|cai|1|mua|2023|14.700.000|Phòng máy chủ|tot
0045101|Thiết bị chuyển mạch 24 cổng|ccdc|switch|Cisco|CBS110-24T|cai|1|mua|2022|4.250.000|Phòng máy chủ;Trung tâm Phục vụ hành chính công|tot
0045101|Bộ phát Wi-Fi ốp trần|ccdc|wifi|Ubiquiti|UniFi U6 Lite|cai|1|mua|2023|2.890.000|Hành lang tầng 2;Hội trường tầng 3|tot,kha
0045101|Điều hòa Daikin 18000 BTU|may_moc_thiet_bi|dieu_hoa|Daikin|FTKB50XVMV|bo|1|mua|2022|18.000.000|Phòng Chủ tịch;Phòng họp trực tuyến;Phòng máy chủ|tot,tot,trung_binh
0045102|Điều hoà Panasonic 12000 BTU|may_moc_thiet_bi|dieu_hoa|Panasonic|CU/CS-N12WKH|bo|1|mua|2019|11.300.000|Khu tiếp dân;Phòng giao ban|kha
0045101|Máy phát điện Hyundai 25 kVA|may_moc_thiet_bi||Hyundai|DHY28KSE|cai|1|mua|2018|246.700.000|Nhà để máy phát|kha
0045106|Máy phát điện dự phòng 6 kVA|may_moc_thiet_bi||Honda|EZ6500CXS|cai|1|tang_cho|2021|38.900.000|Trạm Y tế xã Hòa Khê|tot
0045106|Tủ bảo quản vắc xin|may_moc_thiet_bi||Vestfrost|VLS 204A|cai|1|dieu_chuyen|2020|74.500.000|Phòng tiêm chủng|tot
0045106|Máy siêu âm xách tay|may_moc_thiet_bi||Mindray|DP-10|cai|1|mua|2019|128.000.000|Phòng khám 1|kha
0045106|Máy điện tim 3 cần|may_moc_thiet_bi||Nihon Kohden|ECG-2150|cai|1|mua|2016|42.600.000|Phòng khám 1|hong
0045101|Bộ bàn ghế làm việc cán bộ|ccdc|ban_ghe|Hòa Phát|NT140S|bo|1|mua|2012|5.400.000|Phòng Kinh tế;Phòng Văn hóa - Xã hội;Phòng Tài chính - Kế toán;Phòng Văn phòng HĐND và UBND|trung_binh,kem
0045101|Bộ bàn ghế họp hội trường|ccdc||Xuân Hòa|BHT-12|bo|30|mua|2015|2.150.000|Hội trường tầng 3|kha
0045102|Bộ bàn ghế tiếp công dân|ccdc|ban_ghe|Xuân Hòa|BLT-04|bo|6|mua|2019|6.850.000|Khu tiếp dân|tot
0045101|Tủ tài liệu sắt 4 cánh|ccdc|tu_tai_lieu|Hòa Phát|TU09K4|cai|1|mua|2013|4.300.000|Phòng Tài chính - Kế toán;Phòng Văn phòng HĐND và UBND|kha
0045101|Giá để hồ sơ kho lưu trữ|ccdc|gia_tai_lieu|Hòa Phát|GS5K3|cai|12|mua|2010|1.450.000|Kho lưu trữ xã|trung_binh
0045101|Điện thoại cố định phòng làm việc|ccdc|dien_thoai|Panasonic|KX-TS500|cai|8|mua|2012|320.000|Trụ sở UBND xã Hòa Khê|kem
0045103|Tivi Samsung 55 inch dạy học|may_moc_thiet_bi||Samsung|UA55AU7002|chiec|1|mua|2022|12.400.000|Lớp Lá 1;Lớp Lá 2;Điểm trường Nà Lốc|tot,tot,kha
0045104|Tivi Sony 65 inch dạy học|may_moc_thiet_bi||Sony|KD-65X75K|chiec|1|mua|2023|18.900.000|Lớp 1A;Lớp 2A;Lớp 5B|tot
0045103|Đồ chơi ngoài trời liên hoàn|huu_hinh_khac||||bo|1|mua|2018|45.000.000|Sân Trường Mầm non Hòa Khê|trung_binh
0045101|Phần mềm kế toán hành chính sự nghiệp|phan_mem|phan_mem_ban_quyen|MISA|Mimosa 2022|bo|1|mua|2022|12.500.000|Phòng Tài chính - Kế toán|tot
0045101|Bộ phần mềm diệt vi rút có bản quyền|ccdc|phan_mem_ban_quyen|Bkav|Endpoint AI|bo|35|mua|2025|290.000|Trụ sở UBND xã Hòa Khê|tot
0045101|Hàng cây sao đen trước trụ sở|suc_vat_cay||||lo|1|khac|2005|*1d|Trụ sở UBND xã Hòa Khê|tot
0045101|Bia ghi danh liệt sĩ xã Hoà Trung|dac_thu_1||||cai|1|khac|1996|*10tr|Nghĩa trang liệt sĩ Cầu Mới|kha
0045101|Máy bơm chữa cháy Tohatsu|may_moc_thiet_bi||Tohatsu|V20D2S|cai|1|dieu_chuyen|2016|*?|Trụ sở UBND xã Khê Thượng (cũ)|kha
0045101|Két sắt Việt Tiệp|huu_hinh_khac||Việt Tiệp|KVT-200|cai|1|kiem_ke_thua|2008|*?|Trụ sở UBND xã Hoà Trung (cũ)|trung_binh
0045101|Bàn gỗ lim phòng họp cũ|huu_hinh_khac||||bo|1|kiem_ke_thua|1995|*?|Kho lưu trữ xã|trung_binh
0045101|Loa phóng thanh FM không dây|may_moc_thiet_bi|am_thanh|Trung Việt|TVF-50|bo|1|dieu_chuyen|2014|15.600.000|Thôn Cầu Mới;Bản Nà Lốc;Buôn H'Lốc|kem,hong,kha
0045106|Giường bệnh inox|ccdc||Hòa Phát|GYT-01|cai|5|mua|2017|3.200.000|Phòng lưu bệnh nhân|tot
0045106|Bộ dụng cụ tiểu phẫu|ccdc||||bo|2|mua|2019|4.750.000|Phòng khám 2|kha
0045101|Máy chiếu Epson EB-X49|may_moc_thiet_bi||Epson|EB-X49|cai|1|mua|2020|11.900.000|Phòng họp tầng 2|trung_binh
0045105|Máy chiếu Epson EB-X51|may_moc_thiet_bi||Epson|EB-X51|cai|1|mua|2022|12.900.000|Phòng Vật lý - Công nghệ;Phòng tin học 1|kha
"""
ASSET_COLUMNS = ["asset_code", "inv_code", "old_codes", "unit_code", "location", "name", "class", "equip_type", "brand", "model", "serial", "plate_no", "uom",
                 "quantity", "origin", "use_year", "use_date", "cost_budget", "cost_other", "accum_dep", "residual", "value_date", "value_basis", "condition",
                 "use_state", "lifecycle", "decrease_reason", "note"]
PLATES = iter(["29A-004.51", "29C-118.07", "29-B1 034.62", "29-B1 107.95"])
LAST_YEAR = 2025  # values as at 31/12/2025


def rows_of(table):
    lines = [x for x in table.strip().split("\n") if x]
    return [[c.strip() for c in x.split("|")] for x in lines]


def dots(n):
    return f"{n:,}".replace(",", ".")


def depreciation(cost, life, year):
    """Accumulated at the end of LAST_YEAR: cost times rate for each year, the last year the remainder."""
    years = LAST_YEAR - year + 1
    return cost if years >= life else min(cost, cost * RATE[life] * years // 10000)


def serial(rnd, brand):
    alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    if brand in ("Dell", "HP", "Lenovo"):
        return "".join(rnd.choice(alphabet) for _ in range(7))
    return f"{rnd.choice('ABCEKLNPRSTX')}{rnd.randrange(10)}{rnd.choice('BDFGHKM')}{rnd.randrange(10**6):06d}"


def value(asset, cost, quantity, unit_class, life):
    if cost == "*1d":
        asset.update(value_basis="quy_uoc_1d", cost_budget="1", accum_dep="0", residual="1")
    elif cost == "*10tr":
        asset.update(value_basis="quy_uoc_10tr", cost_budget="10.000.000", accum_dep="0", residual="10.000.000")
    elif cost == "*?":
        asset.update(value_basis="chua_xac_dinh")
    else:
        total = int(cost.replace(".", "")) * (1 if unit_class in ("nha_cong_trinh", "quyen_sd_dat", "vat_kien_truc") else quantity)
        given = asset["origin"] == "tang_cho"
        asset.update({"value_basis": "so_ke_toan", "cost_other" if given else "cost_budget": dots(total)})
        if life and unit_class != "ccdc":
            gone = depreciation(total, life, int(asset["use_year"]))
            asset.update(accum_dep=dots(gone), residual=dots(total - gone))
        elif unit_class == "quyen_sd_dat":
            asset.update(accum_dep="0", residual=dots(total))
    if asset.get("residual"):
        asset["value_date"] = f"31/12/{LAST_YEAR}"


def state_of(condition, place):
    if condition == "hong":
        return "hong_khong_su_dung"
    return "khong_su_dung" if "(cũ)" in place or "Kho lưu trữ" in place and condition == "kem" else "dung_muc_dich"


def expand():
    rnd = random.Random(45101)
    number = {u: n for u, n in ((UBND, 11), (PVHCC, 1), (MN, 4), (TH, 7), (THCS, 9), (YTE, 2))}
    assets = []
    for unit, name, klass, equip, brand, model, uom, quantity, origin, year, cost, places, conditions in rows_of(ASSETS):
        spots = [p for part in places.split(";") for p in [part.partition("*")[0]] * int(part.partition("*")[2] or 1)]
        conditions = conditions.split(",")
        for i, place in enumerate(spots):
            a = dict(unit_code=unit, location=place, name=name, uom=uom, quantity=dots(int(quantity)), origin=origin, use_year=year, brand=brand, model=model,
                     condition=conditions[i % len(conditions)], lifecycle="dang_theo_doi")
            a["class"] = klass
            a["equip_type"] = "" if equip == "nha_cap_iv" else equip
            a["use_state"] = state_of(a["condition"], place)
            if a["condition"] == "hong":
                a["lifecycle"] = "de_nghi_xu_ly"
            if unit in number and origin != "kiem_ke_thua":
                number[unit] += rnd.choice((1, 1, 1, 2, 3))
                a["asset_code"] = f"{unit}-{number[unit]:06d}"
            if brand and (klass == "may_moc_thiet_bi" or equip in ("may_in", "da_nang")) and int(quantity) == 1:
                a["serial"] = serial(rnd, brand)
            if klass in ("xe_o_to", "ptvt_khac"):
                a["plate_no"] = next(PLATES)
            if int(year) >= 2018 and origin == "mua" and klass != "ccdc":
                a["use_date"] = f"{rnd.randrange(1, 29):02d}/{rnd.randrange(1, 13):02d}/{year}"
            if origin == "dieu_chuyen" and unit == UBND and klass == "may_moc_thiet_bi":
                a["old_codes"] = f"{rnd.choice(('1098842', '1098857'))}-{rnd.randrange(20, 400):06d}"
            if klass in ("may_moc_thiet_bi", "xe_o_to") and rnd.random() < 0.4:
                a["inv_code"] = f"01_{int(unit) % 10000 if unit != 'chưa có' else 0:04d}_{rnd.randrange(1, 900):06d}"
            value(a, cost, int(quantity), klass, LIFE.get(equip) or LIFE.get(klass))
            assets.append(a)
    return assets


def finish(assets):
    """What a real register also has: no code yet, the same serial twice, a figure that does not add up, written-off assets."""
    def by(text):
        return [a for a in assets if text in a["name"] + " " + a["location"]]

    vostro = [a for a in assets if "Vostro" in a["name"]]
    vostro[5]["serial"] = vostro[2]["serial"]
    vostro[5]["note"] = "Cần đối chiếu lại số sê-ri với thực tế"
    for a in by("Trụ sở UBND xã Khê Thượng (cũ)") + by("Nhà làm việc cấp IV"):
        a.pop("asset_code", None)
        a["note"] = "Hồ sơ của xã Khê Thượng bàn giao chưa đủ"
    ranger = by("Ford Ranger")[0]
    ranger["residual"] = dots(int(ranger["residual"].replace(".", "")) + 1000000)
    ranger["note"] = "Số trên biên bản bàn giao, chưa khớp sổ"
    ecg = by("Máy điện tim")[0]
    ecg.update(lifecycle="da_giam", decrease_reason="thanh_ly", note="Thanh lý theo Quyết định 87/QĐ-UBND ngày 12/05/2026")
    fortuner = by("Fortuner")[0]
    fortuner["old_codes"] = "1098842-000003, 1098842-000117"
    fortuner["note"] = "Nhận từ Văn phòng HĐND và UBND huyện Khê Giang (cũ)"
    by("Nhà để xe")[0]["note"] = 'Mái tôn bay sau bão; dân gọi là "nhà xe cũ"'
    return assets


def labels(form):
    """Per field: its Vietnamese label, and the label of each value of its list."""
    d = json.loads((FORMS / f"{form}.json").read_text(encoding="utf-8"))
    return {f["name"]: (f["label"]["vi"], {i["v"]: i["vi"] for i in d["lists"].get(f.get("list"), [])}) for f in d["fields"]}


def write(path, form, columns, records):
    names = labels(form)
    with open(path, "w", encoding="utf-8-sig", newline="") as f:
        w = csv.writer(f, delimiter=";", lineterminator="\r\n")
        w.writerow([names[c][0] for c in columns])
        for r in records:
            w.writerow([names[c][1].get(r.get(c, ""), r.get(c, "")) for c in columns])


def facilities():
    out = []
    for row in rows_of(FACILITIES)[1:]:
        r = dict(zip(FACILITY_COLUMNS, row))
        for c in FACILITY_COLUMNS:
            if (c.endswith("_area") or c.startswith("use_")) and r[c]:
                whole, _, part = r[c].partition(",")
                r[c] = dots(int(whole)) + ("," + part if part else "")
        r["commune_code"] = "01201"
        out.append(r)
    return out


def faulty(assets):
    """Eight rows with one fault each, three good ones among them; what is wrong stands in the remarks."""
    base = dict(unit_code=UBND, location="Phòng Kinh tế", uom="cai", quantity="1", origin="mua", use_year="2024", cost_budget="8.500.000",
                value_basis="so_ke_toan", condition="tot", use_state="dung_muc_dich", lifecycle="dang_theo_doi")
    base["class"] = "may_moc_thiet_bi"
    def row(name, note, **change):
        return {**base, "name": name, "note": note, **change}
    return [
        row("Máy in HP LaserJet tầng 1", "Dòng đúng", asset_code="0045101-000901"),
        row("Máy in HP LaserJet tầng 2", "Sai: dấu chấm đặt không đúng hàng nghìn", cost_budget="8.50.000"),
        row("Máy chiếu hội trường", "Sai: ngày không có thật", use_date="31/02/2024"),
        row("Máy quét phòng một cửa", "Sai: giá trị không có trong danh mục", condition="Rất tốt"),
        row("", "Sai: thiếu tên tài sản"),
        row("Máy hủy tài liệu", "Sai: mã tài sản mất số 0 ở đầu", asset_code="45101-000903"),
        row("Quạt trần nhà văn hóa", "Dòng đúng", unit_code="chưa có", **{"class": "ccdc", "cost_budget": "650.000"}),
        row("Bàn ghế tiếp dân", "Sai: số tiền âm", cost_budget="-5.400.000"),
        row("Máy tính để bàn", "Sai: năm đưa vào sử dụng sau năm nay", use_year="2062"),
        row("Tủ tài liệu", "Sai: đã ghi giảm nhưng thiếu lý do giảm", lifecycle="da_giam"),
        row("Điều hòa phòng họp", "Dòng đúng", cost_budget="18.000.000", equip_type="dieu_hoa"),
    ]


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "register"
    folder.mkdir(parents=True, exist_ok=True)
    places, assets = facilities(), finish(expand())
    write(folder / "facilities.csv", "facility", ["commune_code"] + FACILITY_COLUMNS, places)
    write(folder / "assets.csv", "asset", ASSET_COLUMNS, assets)
    write(folder / "bad.csv", "asset", ASSET_COLUMNS, faulty(assets))
    print(f"{folder}: {len(places)} facilities, {len(assets)} assets")


if __name__ == "__main__":
    main()
