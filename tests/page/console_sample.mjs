// console_sample: a centre at work, for whoever shows a screen of its console that is not empty: two provinces with a past, checks with
// photos (one damaged, one that has not come), differences, duplicates, a copied PC, held records, tasks, issues, forms and schedules.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addStaff, STAFF_PASS } from "./console.mjs";
import { PASS, PIN } from "./harness.mjs";
import { form } from "./sample.mjs";

const pin = { secrets: { pin: PIN } }, root = { secrets: { passphrase: PASS } }, staff = { secrets: { passphrase: STAFF_PASS } };
const HEAD = "province_code,province_name,commune_code,commune_name,kind\n";
const UNITS = `${HEAD}01,Hà Nội,00004,Mường Hum,xa\n01,Hà Nội,00007,Trà Tân,xa\n01,Hà Nội,00010,Yên Sơn,xa\n`
	+ "08,Tuyên Quang,02001,Đèo Gà,xa\n08,Tuyên Quang,02002,Khê Thượng,phuong\n08,Tuyên Quang,02003,Khê Hạ,xa\n08,Tuyên Quang,02004,Bản Mù,xa\n";
const ASSET = { unit_code: "0045101", name: "Máy photocopy Ricoh", class: "may_moc_thiet_bi", uom: "cai", quantity: 1, use_year: 2021, value_basis: "so_ke_toan",
	lifecycle: "dang_theo_doi", condition: "tot", use_state: "dung_muc_dich" };
const STATEMENT = { declared_adequate: "co", checklist: "dm_2026_1", car: "co", contact_name: "Trần Đức Ân", contact_phone: "0900 045 101" };

/** The week `back` weeks before this one, in Vietnam. */
export function week(back = 0) {
	const day = new Date(Date.now() + 7 * 3600000 - back * 7 * 86400000);
	day.setUTCHours(0, 0, 0, 0);
	day.setUTCDate(day.getUTCDate() + 3 - ((day.getUTCDay() + 6) % 7));
	const first = new Date(Date.UTC(day.getUTCFullYear(), 0, 4));
	return `${day.getUTCFullYear()}-W${String(1 + Math.round(((day - first) / 86400000 - 3 + ((first.getUTCDay() + 6) % 7)) / 7)).padStart(2, "0")}`;
}

const PNG = `
import struct, sys, zlib
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes((int(sys.argv[1]) + x // 4, y % 256, x * y % 200)[k] & 255 for x in range(240) for k in range(3)) for y in range(180))
sys.stdout.buffer.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 240, 180, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))`;

/** A picture, as the bytes of a PNG; another number, another picture. */
export function picture(n) {
	return execFileSync("python3", ["-c", PNG, String(n)]);
}

/** What PCs and staff of one world do, in few words. */
export class Country {
	constructor(w, centre) {
		Object.assign(this, { w, centre, files: 0 });
	}

	file(content, end = "") {
		const path = join(this.w.folder, `given-${++this.files}${end}`);
		writeFileSync(path, content);
		return path;
	}

	async pc(scope, name, clerk, unit) {
		const pc = this.w.pc(name);
		await this.w.enrol(this.centre, pc, clerk, "Công chức", { scope, unit });
		return pc;
	}

	async record(pc, body) {
		return (await pc.call("record", ["--file", this.file(JSON.stringify(body))], pin)).records[0].id;
	}

	async statement(pc, back, more = {}) {
		return this.record(pc, { kind: "weekly_statement", submit: true, fields: { week: week(back), checked_at: new Date(Date.now() - (back * 7 + 1) * 86400000).toISOString().slice(0, 16), ...STATEMENT, ...more } });
	}

	async photo(pc, parent, caption, bytes) {
		return pc.call("record", ["photo", `caption=${caption}`, "--parent", parent, "--attach", this.file(bytes, ".png")], pin);
	}

	async submit(pc, id) {
		return (await pc.call("submit", [id], pin)).records[0].id;
	}

	review(id, ...how) {
		return this.centre.call("review", [id, ...how, "--as", "tham-tra"], staff);
	}
}

async function book(c, name, change) {
	const path = join(c.w.folder, name);
	execFileSync("python3", ["-B", "-c", `
import sys; sys.path.insert(0, "tests/scenario")
import form_book as b
s = b.sample(); ${change}; b.write(sys.argv[1], s)`, path]);
	await c.centre.call("form import", [path]);
}

/** The draft as it is now, as whoever has looked at it. */
export async function publishDraft(centre, name) {
	const { sha256 } = await centre.call("form show", [name, "--draft"]);
	return centre.call("form publish", ["--draft", name, "--sha256", sha256], root);
}

async function forms(c) {
	await book(c, "cho.xlsx", "pass");
	await publishDraft(c.centre, "market_survey");
	await book(c, "cho2.xlsx", 's["survey"][5][2] = "Tên gọi của chợ"');
	await publishDraft(c.centre, "market_survey");
	await c.centre.call("form close", ["market_survey", "1"], root);
	await book(c, "cho3.xlsx", 's["survey"][5][2] = "Chợ nào?"');
	for (const f of [["period=hang_tuan", "due_weekday=7"], ["period=hang_tuan", "due_weekday=3"], ["period=hang_thang", "due_day=25"]]) {
		const made = await c.centre.call("schedule publish", ["kind=weekly_statement", "due_hour=12", "scopes=00004", ...f, "--as", "bao-cao", "--overlap"], staff);
		if (f[1] === "due_day=25") await c.centre.call("schedule cancel", [made.id, "--reason", "Đã thay", "--as", "bao-cao"], staff);
	}
}

/** Checks with a past, lines and photos; what was decided about them. */
async function checks(c, a, ids) {
	const facility = await c.record(a, { kind: "facility", fields: { commune_code: "00004", name: "Trạm y tế Mường Hum", address: "Thôn Séo Pa", facility_type: "tram_y_te", land_cert: "co", surplus_status: "khong" } });
	const check = (more) => c.record(a, form("facility_check", { facility_id: facility, ...more }));
	await c.submit(a, await check({ checked_at: "2026-08-20T08:40", staff: 7, building_condition: "kha" }));
	ids.check = await check({});
	for (const [i, caption] of ["Mái dột phòng lưu bệnh nhân", "Giếng cạn", "Cổng trạm"].entries()) await c.photo(a, ids.check, caption, picture(30 * i));
	await c.submit(a, ids.check);
	ids.equipment = await c.record(a, { ...form("equipment_check"), submit: true });
	for (const back of [2, 1]) await c.review(await synced(a, c.statement(a, back)), "--approve");
	ids.statement = await synced(a, c.statement(a, 0));
	await c.review(ids.statement, "--return", "--field", "car", "--comment", "Xe nào?", "--reason", "Đề nghị xem lại");
	await a.call("correct", [ids.statement, "car=chua", "--reason", "Đã xem lại"], pin);
	await c.centre.call("task add", [ids.check, "--title", "Nộp ảnh mái nhà", "--owner", "Lò Văn Bé", "--due", "31/12/2027", "--note", "Ảnh chụp ban ngày", "--as", "tham-tra"], staff);
	const late = await c.centre.call("task add", [ids.check, "--title", "Sửa mái", "--owner", "Lò Văn Bé", "--due", "31/12/2027", "--as", "tham-tra"], staff);
	await c.centre.call("task close", [late.id, "--reason", "Đã sửa", "--as", "tham-tra"], staff);
}

async function synced(pc, making) {
	const id = await making;
	await pc.call("sync");
	return id;
}

/** Two values, what may be the same thing twice, a PC copied, records behind a revocation. */
async function trouble(c, a, b) {
	const asset = await c.record(a, { kind: "asset", fields: { ...ASSET, serial: "SN-77" } });
	await c.record(a, { kind: "asset", fields: { ...ASSET, name: "Ricoh MP 2014", serial: "SN-77" } });
	for (const pc of [a, b]) await pc.call("sync");
	await a.call("record", ["asset", asset, "condition=hong", "--reason", "Kiểm tra tại phòng"], pin);
	await b.call("record", ["asset", asset, "condition=kem", "--reason", "Xem lại hồ sơ"], pin);
	const first = await c.pc("02003", "first", "Mùa A Páo", "Xã Khê Hạ");
	cpSync(first.home, join(c.w.folder, "second"), { recursive: true });
	const second = c.w.pc("second");
	await c.record(first, { kind: "asset", fields: { ...ASSET, name: "Máy in của phòng Tư pháp" } });
	await c.record(second, { kind: "asset", fields: { ...ASSET, name: "Máy in của phòng Văn hóa" } });
	const gone = await c.pc("02001", "gone", "Đỗ Thị Cam", "Xã Đèo Gà");
	const clerk = (await c.centre.call("keys", ["--scope", "02001"])).keys.find((k) => k.role === "clerk");
	await c.centre.call("revoke", [clerk.fingerprint, "--reason", "Nghỉ việc", "--as", "registrar"], root);
	await c.record(gone, { kind: "asset", fields: { ...ASSET, name: "Máy in để lại" } });
	for (const pc of [a, b, a, first, second, gone]) await pc.call("sync");
}

/** Where the photos lie at the centre, in the order of their names. */
export function photosOf(centre) {
	const folder = join(centre.home, "blobs");
	const all = readdirSync(folder).filter((d) => /^[0-9a-f]{2}$/.test(d)).flatMap((d) => readdirSync(join(folder, d)).map((name) => join(folder, d, name)));
	return all.filter((path) => readFileSync(path).subarray(1, 4).toString() === "PNG");
}

/** Everything above; ids of what screens are shown by. Afterwards the collector serves anew, without a registrar. */
export async function fillCentre(w, centre) {
	const c = new Country(w, centre), ids = {};
	await centre.call("catalogue import", [c.file(UNITS.replace("Khê Hạ,xa", "Khê Dưới,xa"))], root);
	await centre.call("catalogue import", [c.file(UNITS), "--effective", "30/04/2026"], root);
	await addStaff(centre);
	await forms(c);
	const a = await c.pc("00004", "a", "Nguyễn Văn An", "Xã Mường Hum"), b = await c.pc("00004", "b", "H'Lan Niê", "Xã Mường Hum");
	const short = await c.pc("00007", "short", "Lò Văn Bé", "Xã Trà Tân");
	await checks(c, a, ids);
	await synced(short, c.statement(short, 0, { declared_adequate: "chua", missing: ["may_in"] }));
	await trouble(c, a, b);
	await centre.call("contacts import", [c.file("commune_code,name,phone\n02002,Văn phòng phường Khê Thượng,02073 888 999\n")]);
	await centre.call("unit merge", ["00010", "00007", "--effective", "01/07/2026", "--apply", "--as", "registrar"], root);
	for (const back of [2, 1]) await centre.call("report freeze", ["--week", week(back), "--as", "bao-cao"], staff);
	const photos = photosOf(centre);
	writeFileSync(photos[0], "hỏng");
	rmSync(photos[1]);
	await centre.stop();
	await centre.serve();
	const waits = w.pc("waits");
	await waits.call("enrol", [await w.slip(centre, { scope: "02002", unit: "Phường Khê Thượng" }), "--clerk", "Vàng Thị Mỷ", "--title", "Công chức"], { secrets: { pin: PIN } });
	return ids;
}
