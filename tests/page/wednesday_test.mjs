// wednesday: the Wednesday board and the queues in a real browser, with a real collector and PCs: each state of the board once and all of
// them together the communes; from a figure to the names; a difference decided, a held record let in, duplicates linked from the page;
// the catalogue with an old name; the directory. That each screen is fit to be looked at: console_screens_test.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addStaff, signedIn, STAFF_PASS } from "./console.mjs";
import { need, PASS, PIN, test, world } from "./harness.mjs";

const pin = { secrets: { pin: PIN } };
const HEAD = "province_code,province_name,commune_code,commune_name,kind\n";
const UNITS = `${HEAD}01,Hà Nội,00004,Mường Hum,xa\n01,Hà Nội,00007,Trà Tân,xa\n01,Hà Nội,00010,Yên Sơn,xa\n`
	+ "08,Tuyên Quang,02001,Đèo Gà,xa\n08,Tuyên Quang,02002,Khê Thượng,xa\n08,Tuyên Quang,02003,Khê Hạ,xa\n08,Tuyên Quang,02004,Bản Mù,xa\n";
const w = world("wednesday");
let asset;
const centre = await w.centre();
const week = (() => { // of today in Vietnam
	const d = new Date(Date.now() + 7 * 3600000), day = new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()));
	day.setUTCDate(day.getUTCDate() + 3 - ((day.getUTCDay() + 6) % 7));
	const first = new Date(Date.UTC(day.getUTCFullYear(), 0, 4));
	return `${day.getUTCFullYear()}-W${String(1 + Math.round(((day - first) / 86400000 - 3 + ((first.getUTCDay() + 6) % 7)) / 7)).padStart(2, "0")}`;
})();

let files = 0;
function write(text) {
	const path = join(w.folder, `file-${++files}`);
	writeFileSync(path, text);
	return path;
}

async function pcOf(scope, name, clerk) {
	const pc = w.pc(name);
	await w.enrol(centre, pc, clerk, "Công chức", { scope, unit: "Xã" });
	return pc;
}

async function record(pc, kind, fields) {
	return (await pc.call("record", ["--file", write(JSON.stringify({ kind, fields }))], pin)).records[0].id;
}

async function statement(pc, more = {}) {
	const fields = { week, checked_at: "2026-11-18T16:05", declared_adequate: "co", checklist: "dm_2026_1", car: "co", contact_name: "Trần Đức Ân",
		contact_phone: "0900 045 101", ...more };
	return (await pc.call("submit", [await record(pc, "weekly_statement", fields)], pin)).records[0].id;
}

const ASSET = { unit_code: "0045101", name: "Máy photocopy Ricoh", class: "may_moc_thiet_bi", uom: "cai", quantity: 1, use_year: 2021, value_basis: "so_ke_toan",
	lifecycle: "dang_theo_doi", condition: "tot", use_state: "dung_muc_dich" };
const staff = { secrets: { passphrase: STAFF_PASS } };

await test("a country: seven communes in all states, a difference, duplicates, a clerk revoked", async () => {
	await centre.call("catalogue import", [write(UNITS.replace("Khê Hạ,xa", "Khê Dưới,xa"))], { secrets: { passphrase: PASS } });
	await centre.call("catalogue import", [write(UNITS), "--effective", "30/04/2026"], { secrets: { passphrase: PASS } });
	await addStaff(centre);
	const a = await pcOf("00004", "a", "Nguyễn Văn An"), b = await pcOf("00004", "b", "H'Lan Niê");
	const short = await pcOf("00007", "short", "Lò Văn Bé"), two = await pcOf("02001", "two", "Đỗ Thị Cam"), twin = await pcOf("02001", "twin", "Vũ Văn Dũng");
	await pcOf("02003", "silent", "Mùa A Páo");
	const good = await statement(a);
	asset = await record(a, "asset", { ...ASSET, serial: "SN-77" });
	await record(a, "asset", { ...ASSET, name: "Ricoh MP 2014", serial: "SN-77" });
	await a.call("sync");
	await b.call("sync");
	await a.call("record", ["asset", asset, "condition=hong", "--reason", "Kiểm tra tại phòng"], pin);
	await b.call("record", ["asset", asset, "condition=kem", "--reason", "Xem lại hồ sơ"], pin);
	await centre.call("review", [good, "--approve", "--as", "tham-tra"], staff);
	await statement(short, { declared_adequate: "chua", missing: ["may_in"] });
	await statement(two);
	await statement(twin, { declared_adequate: "chua", missing: ["may_in"] });
	for (const pc of [a, b, a, short, two, twin]) await pc.call("sync");
	const clerk = (await centre.call("keys", ["--scope", "00007"])).keys.find((k) => k.role === "clerk");
	await centre.call("revoke", [clerk.fingerprint, "--reason", "Nghỉ việc", "--as", "registrar"], { secrets: { passphrase: PASS } });
	await record(short, "asset", { ...ASSET, name: "Máy in để lại" });
	await short.call("sync");
	await centre.call("contacts import", [write("commune_code,name,phone\n02002,Văn phòng xã Khê Thượng,02073 888 999\n")]);
});

const total = async (page) => {
	const n = {};
	for (const el of await page.locator("[data-state]").all()) n[await el.getAttribute("data-state")] = Number(await el.innerText());
	return n;
};

await test("the board: each state once, together the communes; from the figure to names and numbers", async () => {
	const page = await signedIn(w, centre, "bao-cao");
	await page.getByRole("link", { name: "Bảng thứ Tư" }).click();
	await page.locator("[data-state]").first().waitFor();
	const n = await total(page);
	need("states", [n.verified, n.short, n.undecided, n.offline, n.never, n.unverified, n.returned, n.late + n.waiting], [1, 1, 1, 0, 3, 0, 0, 1]);
	need("together", Object.values(n).reduce((x, y) => x + y), 7);
	need("the count beside the share", (await page.locator("table").last().innerText()).includes("1 trên 3 (33,3\u00a0%)"), true);
	need("the scale: marks that are numbers, at even heights", (await page.locator("svg.lines text").allTextContents()).slice(0, 4), ["0", "4", "8", "Tuần"]);
	await w.shot(page, "board-vi-1366");
	await page.getByRole("button", { name: /Xem xã còn thiếu/ }).click();
	await page.getByText("02073 888 999").waitFor();
	need("missing", await page.locator("tbody tr").count(), 4);
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /CSV/ }).click()]);
	const csv = readFileSync(await file.path(), "utf8");
	need("file", [csv.charCodeAt(0), csv.includes('"=""02002"""'), csv.trim().split("\n").length], [0xfeff, true, 5]);
	await w.shot(page, "list-vi-1366");
	await page.getByRole("link", { name: "Khê Thượng" }).click();
	await page.getByText("Văn phòng xã Khê Thượng").first().waitFor();
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("a difference is decided from the page, duplicates are linked", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	await page.getByRole("link", { name: "Chờ quyết định" }).click();
	const card = page.locator("section.card").filter({ hasText: "Máy photocopy Ricoh" });
	await card.waitFor();
	await w.shot(page, "values-vi-1366");
	await card.locator("label").filter({ hasText: "Kiểm tra tại phòng" }).click();
	await card.locator("label").filter({ hasText: "ghi giá trị khác" }).click();
	need("nothing to seal yet", await card.getByRole("button").isDisabled(), true);
	await card.getByRole("combobox", { name: "Tình trạng" }).selectOption({ label: "Trung bình" });
	await card.getByRole("button").click();
	const dialog = page.locator("dialog[open]");
	need("said as the form has it", await dialog.getByText("Tình trạng: Trung bình").count(), 1);
	await dialog.locator("[name=reason]").fill("Biên bản kiểm tra");
	await dialog.locator("[type=password]").fill(STAFF_PASS);
	await dialog.locator("button[type=submit]").click();
	await page.getByText("Đã quyết định 1 mục.").waitFor();
	need("the value of the list", (await centre.call("show", [asset])).fields.condition.value, "trung_binh");
	await page.getByRole("link", { name: "Có thể trùng" }).click();
	await page.getByLabel("Chọn xã, phường, đặc khu").fill("muong hum");
	await page.getByRole("link", { name: /Mường Hum \(00004\)/ }).click();
	await page.getByRole("button", { name: /cùng một thứ/ }).click();
	await w.shot(page, "twins-vi-1366");
	await dialog.locator("[name=reason]").fill("Cùng số máy");
	await dialog.locator("[type=password]").fill(STAFF_PASS);
	await dialog.locator("button[type=submit]").click();
	await page.getByText("Đã nối, tính là một.").waitFor();
	need("linked in the log", (await centre.call("duplicates", ["--scope", "00004"])).linked.length, 1);
	need("and no difference left", (await centre.call("conflicts", ["--scope", "00004"])).conflicts.length, 0);
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("a held record is let in with a reason, by a registrar alone", async () => {
	const other = await signedIn(w, centre, "kiem-toan");
	await other.evaluate(() => { location.hash = "/queue/held"; });
	await other.getByText("Máy in để lại").or(other.getByText("Lò Văn Bé")).first().waitFor();
	need("an auditor only looks", await other.locator("input[type=checkbox]").count(), 0);
	await other.context().close();
	const page = await signedIn(w, centre, "registrar");
	await page.evaluate(() => { location.hash = "/queue/held"; });
	await page.getByRole("button", { name: "Chọn tất cả" }).click();
	await w.shot(page, "held-vi-1366");
	await page.getByRole("button", { name: /Cho tính \d+ bản ghi đã chọn/ }).click();
	const dialog = page.locator("dialog[open]");
	await dialog.locator("[name=reason]").fill("Máy có thật");
	await dialog.locator("[type=password]").fill(PASS);
	await dialog.locator("button[type=submit]").click();
	await page.getByText("Không có bản ghi nào đang giữ riêng.").waitFor();
	need("nothing held", (await centre.call("held")).total, 0);
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("a commune is found by a name it had", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	await page.evaluate(() => { location.hash = "/units?text=khe%20duoi"; });
	await page.locator("tbody tr").first().waitFor();
	need("by its old name", (await page.locator("tbody tr").allInnerTexts()).map((x) => x.includes("02003") && x.includes("Khê Dưới")), [true]);
	await page.evaluate(() => { location.hash = "/unit/99999"; });
	await page.getByText("Danh mục không có xã mã 99999").waitFor();
	need("the menu says where one is", await page.locator("nav.menu [aria-current]").allInnerTexts().then((all) => all.map((x) => x.trim())), ["Danh mục xã"]);
	need("trying again would not help", await page.getByRole("button", { name: "Thử lại" }).count(), 0);
	await page.getByRole("link", { name: "Về danh mục xã" }).click();
	await page.locator("tbody tr").nth(6).waitFor();
	need("one page needs no leafing", await page.getByRole("navigation", { name: "Các trang" }).count(), 0);
	await page.context().close();
});

await test("the directory: seen by all, changed by who may and sees the commune; the list of those missing shows it", async () => {
	const card = (page) => page.locator("section.card").filter({ has: page.locator("#directory") });
	const auditor = await signedIn(w, centre, "kiem-toan");
	await auditor.evaluate(() => { location.hash = "/unit/02002"; });
	await card(auditor).getByText("02073 888 999").waitFor();
	need("only looked at", await card(auditor).getByRole("button").count(), 0);
	await auditor.context().close();
	const province = await signedIn(w, centre, "tinh"); // sees 00004 alone
	need("not of another province", await province.evaluate(async () => {
		const { api } = await import("/lib/base.js");
		return api("contacts_set", { code: "02002", phone: "1" }).then(() => "done", (e) => e.key);
	}), "who.scope");
	await province.context().close();
	const page = await signedIn(w, centre, "bao-cao");
	await page.evaluate(() => { location.hash = "/unit/02004"; });
	await card(page).getByRole("button", { name: "Sửa danh bạ" }).click();
	await card(page).getByLabel("Người liên hệ").fill("Giàng A Sử");
	await card(page).getByLabel("Điện thoại").fill("không có");
	await card(page).getByRole("button", { name: "Lưu danh bạ" }).click();
	await card(page).getByRole("alert").waitFor();
	await card(page).getByLabel("Điện thoại").fill("02073 777 111");
	await card(page).getByRole("button", { name: "Lưu danh bạ" }).click();
	await card(page).getByRole("link", { name: "02073 777 111" }).waitFor();
	need("the log says of which commune", /op="contacts set" scope=02004 rc=ok/.test(readFileSync(join(centre.home, "console.log"), "utf8")), true);
	await page.evaluate(() => { location.hash = "/board/list"; });
	const row = page.locator("tbody tr").filter({ hasText: "02004" });
	await row.getByText("02073 777 111").waitFor();
	need("by name", (await row.innerText()).includes("Giàng A Sử"), true);
	await page.evaluate(() => { location.hash = "/unit/02004"; });
	await card(page).getByRole("button", { name: "Sửa danh bạ" }).click();
	await card(page).getByLabel("Điện thoại").fill("");
	await card(page).getByRole("button", { name: "Lưu danh bạ" }).click();
	await card(page).getByText("Chưa có số").waitFor();
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await w.end();
