// sample: one commune at work, for whoever shows a screen that is not empty: a register of 18 premises and 133
// assets, a schedule, a check sent and sent back, one difference between two PCs, a draft. Times are
// those of today, so that "due this week" holds whenever it runs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASS, PIN, SCOPE } from "./harness.mjs";

const SAMPLE = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../sample");
const pin = { secrets: { pin: PIN } };

/** "2026-11-25T08:30" in Vietnam, `minutes` ago. */
function past(minutes) {
	return new Date(Date.now() - minutes * 60000 + 7 * 3600000).toISOString().slice(0, 16);
}

/** Fields of a sample form with what depends on the day. */
export function form(name, change = {}) {
	const body = JSON.parse(readFileSync(join(SAMPLE, `${name}.json`), "utf8"));
	Object.assign(body.fields, change);
	return body;
}

async function record(w, pc, body) {
	const file = join(w.folder, "record.json");
	writeFileSync(file, JSON.stringify(body));
	return (await pc.call("record", ["--file", file], pin)).records[0];
}

async function find(pc, kind, text) {
	return (await pc.call("search", [text, "--kind", kind])).items[0].id;
}

/** Staff of the centre: a verifier and a reporter. */
export async function staff(centre) {
	for (const [as, role, name] of [["verifier", "verifier", "Trần Thị Thẩm"], ["reporter", "reporter", "Phạm Minh Báo"]]) {
		await centre.call("staff add", [as, "--role", role, "--name", name, "--title", "Chuyên viên"],
			{ secrets: { passphrase: PASS, staff_passphrase: PASS } });
	}
}

export async function publish(centre, ...fields) {
	await centre.call("schedule publish", [...fields, `scopes=${SCOPE}`, "--as", "reporter"], { secrets: { passphrase: PASS } });
}

/** A stocktake under way: a room half counted, one thing missing, one in the wrong room. */
export async function count(w, pc) {
	const session = (await record(w, pc, { kind: "inventory", fields: { unit_name: "UBND xã Hòa Khê", unit_code: "0045101", cut_off: "2026-01-01T00:00",
		counted_at: past(60), unit_head: "Hoàng Văn Thụ", chief_accountant: "Đỗ Thị Ngọc Ánh" } })).id;
	const people = [["Trần Đức Ân", "Phó Chủ tịch", "truong_ban"], ["Lò Thị Bé", "Công chức Kế toán", "uy_vien"], ["H'Lan Niê", "Công chức Văn phòng", "thu_ky"]];
	for (const [i, [name, position, role]] of people.entries()) {
		await record(w, pc, { kind: "committee_member", parent: session, fields: { no: i + 1, name, position, role } });
	}
	const { lines } = await pc.call("stocktake", [session, "--room", "Phòng Tài chính - Kế toán"]);
	const codes = lines.map((l) => l.label);
	await pc.call("scan", [session, ...codes.slice(0, -3), "--room", "Phòng Tài chính - Kế toán"], pin);
	await pc.call("count", [session, codes.at(-1), "counted_qty=0", "cause=mat", "proposal=xac_minh"], pin);
	await pc.call("scan", [session, codes.at(-2), "--room", "Kho lưu trữ xã"], pin);
	return session;
}

/** Everything above, on a PC enrolled; `other`: a second one of the same commune. */
export async function fill(w, centre, pc, other) {
	await staff(centre);
	for (const [kind, file] of [["facility", "facilities.csv"], ["asset", "assets.csv"]]) {
		await pc.call("import", [kind, join(SAMPLE, "register", file), "--apply"], pin);
	}
	await publish(centre, "kind=weekly_statement", "period=hang_tuan", "due_weekday=7", "due_hour=23");
	await publish(centre, "kind=facility_check", "period=hang_nam", "due_day=31", "due_month=12", "due_hour=17");
	const facility = await find(pc, "facility", "tru so");
	const draft = await record(w, pc, form("facility_check", { facility_id: facility, checked_at: past(90) }));
	const check = (await pc.call("submit", [draft.id], pin)).records[0].id;
	await pc.call("sync");
	await other.call("sync");
	const asset = await find(pc, "asset", "may photocopy");
	await pc.call("record", ["asset", asset, "condition=hong", "--reason", "Kiểm tra tại phòng"], pin);
	await other.call("record", ["asset", asset, "condition=kem", "--reason", "Xem lại hồ sơ"], pin);
	await centre.call("review", [check, "--return", "--field", "staff", "--comment", "Số người không khớp biên chế", "--reason", "Đề nghị kiểm lại",
		"--as", "verifier"], { secrets: { passphrase: PASS } });
	const stocktake = await count(w, pc);
	for (const one of [pc, other, pc]) await one.call("sync");
	const begun = await record(w, pc, { kind: "equipment_check", fields: { checked_at: past(30), unit_code: "0045106", staff_present: "28" },
		children: [{ kind: "equipment_line", fields: { equip_type: "may_in", qty_on_hand: "4", qty_working: "3", qty_broken: "2" } }] });
	return { facility, check, asset, stocktake, draft: begun.id };
}
