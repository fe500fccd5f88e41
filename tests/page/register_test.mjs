// register: ten thousand assets in the clerk's page: search while typing, filters, order, the keyboard, a scanner's burst
// spoiled by an input method; importing a workbook and an old file, duplicates. In both languages.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLERK, PIN, need, test, world } from "./harness.mjs";

const MANY = 10000;
const SAMPLE = new URL("../sample/register/", import.meta.url).pathname;
const pin = { secrets: { pin: PIN } };

/** The sample's assets again and again, each with a code and a name of its own. */
function manyAssets(file) {
	const lines = readFileSync(join(SAMPLE, "assets.csv"), "utf8").trim().split(/\r?\n/);
	const head = lines[0].split(";"), rows = lines.slice(1).map((l) => l.split(";"));
	const at = (name) => head.findIndex((h) => h.endsWith(name));
	const [code, inv, old, serial, plate, name] = ["Mã tài sản", "Mã kiểm kê", "Mã cũ", "Số sê-ri", "Biển số xe", "Tên tài sản"].map(at);
	const out = [lines[0]];
	for (let n = 0; n < MANY; n++) {
		const r = [...rows[n % rows.length]];
		r[code] = `0045101-${String(n + 1).padStart(6, "0")}`;
		r[inv] = r[old] = r[plate] = "";
		r[serial] = `DD${n}AA-W${n}`;
		r[name] += ` số ${n}`;
		out.push(r.join(";"));
	}
	writeFileSync(file, `${out.join("\r\n")}\r\n`);
}

const w = world("register");
const centre = await w.centre();
const pc = w.pc();
let page;

/** Names of the rows in sight, from the top. */
const names = () => page.locator(".window tbody tr a").allInnerTexts();
const tally = () => page.locator(".tally [role=status]").innerText();
const box = () => page.getByLabel("Tìm trong sổ");

async function found(text) {
	await page.waitForFunction((want) => document.querySelector(".tally [role=status]")?.innerText === want, text);
}

async function go(address) {
	await page.evaluate((a) => { location.hash = a; }, address);
}

await test("a commune with ten thousand assets", async () => {
	await w.enrol(centre, pc, CLERK);
	const file = join(w.folder, "many.csv");
	manyAssets(file);
	await pc.call("import", ["facility", join(SAMPLE, "facilities.csv"), "--apply"], pin);
	need("imported", (await pc.call("import", ["asset", file, "--apply"], pin)).applied, MANY);
	await pc.serve(["--offline"]);
	page = await w.open(pc);
	await page.getByLabel(/Mã PIN/).fill(PIN);
	await page.getByRole("button", { name: "Mở khóa" }).click();
	await page.getByRole("link", { name: "Sổ tài sản" }).click();
	await found("10.000 / 10.000 hồ sơ");
	need("rows that exist", await page.locator(".window tbody tr").count() < 60, true);
	need("rows a reader is told of", await page.locator(".window table").getAttribute("aria-rowcount"), String(MANY + 1));
	await w.shot(page, "register");
});

await test("the end of the table is one key away, and every row on the way there", async () => {
	const first = (await names())[0];
	await page.locator(".window tbody a").first().focus();
	await page.keyboard.press("End");
	await page.waitForFunction((n) => document.activeElement.closest("tr")?.dataset.row === String(n - 1), MANY);
	need("another row", await page.evaluate(() => document.activeElement.innerText) === first, false);
	await page.keyboard.press("PageUp");
	await page.waitForFunction((n) => Number(document.activeElement.closest("tr")?.dataset.row) < n - 3, MANY);
	for (const least of [7, 11]) { // also when rows come into sight above it
		await page.keyboard.press("PageUp");
		await page.waitForFunction(([n, k]) => Number(document.activeElement.closest("tr")?.dataset.row) < n - k, [MANY, least]);
	}
	await page.keyboard.press("Home");
	await page.waitForFunction(() => document.activeElement.closest("tr")?.dataset.row === "0");
	need("the first again", await page.evaluate(() => document.activeElement.innerText), first);
	await page.keyboard.press("ArrowDown");
	await page.waitForFunction(() => document.activeElement.closest("tr")?.dataset.row === "1");
});

await test("each letter typed finds, tones or not; the answer to the last letter is what stands there", async () => {
	for (const typed of ["tram y te", "Trạm Y tế", "TRAM Y TE"]) {
		await box().fill("");
		await box().pressSequentially(typed);
		await page.waitForFunction(() => /^(?!10\.000)[\d.]+ \/ 10\.000/.test(document.querySelector(".tally [role=status]").innerText));
		need(`${typed}: found`, (await names()).every((n) => n.length > 0), true);
		need(typed, await page.evaluate(async (words) => (await (await fetch("/api/table", { method: "POST", headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ kind: "asset", words }) })).json()).total, typed), Number((await tally()).split(" ")[0].replaceAll(".", "")));
	}
	await box().fill("quyen su dung dat tru so ubnd so 0");
	await page.waitForFunction(() => document.querySelectorAll(".window tbody tr").length < 30);
	await w.shot(page, "found");
});

await test("a scanner's burst finds its asset, also as an input method has spoiled it", async () => {
	await box().fill("");
	await page.keyboard.type("DD77AA-W77");
	await found("1 / 10.000 hồ sơ");
	const whole = await page.locator(".window tbody a").first().getAttribute("href");
	await box().fill("");
	await found("10.000 / 10.000 hồ sơ");
	await page.keyboard.insertText("Đ77Â-Ư77"); // what Telex makes of the same keys
	await page.keyboard.press("Enter"); // at once, as a scanner sends it
	await page.waitForFunction(() => location.hash.startsWith("#/record/asset/"));
	need("the same asset", await page.evaluate(() => location.hash), whole);
	await page.goBack();
	await found("1 / 10.000 hồ sơ"); // and what was asked is still there
});

await test("filters, orders and what is not sent", async () => {
	await page.getByRole("button", { name: "Bỏ lọc" }).click();
	await found("10.000 / 10.000 hồ sơ");
	await page.getByLabel("Loại tài sản").selectOption("xe_o_to");
	await page.waitForFunction(() => /^(?!10\.000)/.test(document.querySelector(".tally [role=status]").innerText));
	need("all of the class", (await page.locator(".window tbody tr").first().innerText()).includes("Xe ô tô"), true);
	await page.getByRole("button", { name: "Nguyên giá" }).click();
	await page.locator("th[aria-sort=ascending]", { hasText: "Nguyên giá" }).waitFor();
	const cost = async () => Number((await page.locator(".window tbody tr").first().locator("td.num").first().innerText()).replaceAll(".", ""));
	const least = await cost();
	await page.getByRole("button", { name: "Nguyên giá" }).click();
	await page.locator("th[aria-sort=descending]", { hasText: "Nguyên giá" }).waitFor();
	await page.waitForFunction((n) => Number(document.querySelector(".window tbody tr td.num").innerText.replaceAll(".", "")) >= n, least);
	need("the dearest first", await cost() >= least, true);
	await w.shot(page, "filtered");
	await page.getByLabel("Chỉ hồ sơ cần quyết định").check();
	await found("0 / 10.000 hồ sơ");
	await page.getByText("Không có hồ sơ nào khớp").waitFor();
	await page.getByRole("button", { name: "Bỏ lọc" }).click();
	await found("10.000 / 10.000 hồ sơ");
});

await test("the assets of one place: a filter as soon as an asset says where it is, and from the place's page", async () => {
	const place = (await pc.call("search", ["tru so", "--kind", "facility"])).items[0];
	await pc.call("record", ["asset", (await pc.call("search", ["may", "--kind", "asset", "--limit", "1"])).items[0].id, `facility_id=${place.id}`, "--reason", "Đã xem tại chỗ"], pin);
	await page.reload();
	const filter = page.getByLabel("Thuộc cơ sở");
	await filter.selectOption({ label: `${place.title} (1)` });
	await found("1 / 10.000 hồ sơ");
	need("where it is", (await page.locator(".window tbody tr").first().innerText()).includes(place.title), true);
	await page.getByRole("button", { name: "Bỏ lọc" }).click();
	await found("10.000 / 10.000 hồ sơ");
	await go(`/register/asset?facility_id=${place.id}`);
	await found("1 / 10.000 hồ sơ");
	await page.getByRole("button", { name: "Bỏ lọc" }).click();
	await found("10.000 / 10.000 hồ sơ");
});

await test("premises, on a narrow window too", async () => {
	await page.getByRole("link", { name: "Cơ sở nhà, đất" }).click();
	await found("18 / 18 hồ sơ");
	await w.shot(page, "facilities");
	await page.setViewportSize({ width: 390, height: 844 });
	await go("/register/asset");
	await found("10.000 / 10.000 hồ sơ");
	await w.shot(page, "register-narrow");
	await page.setViewportSize({ width: 1366, height: 768 });
});

/** A workbook as Excel writes one: made by python's zipfile. */
function workbook(file, rows) {
	execFileSync("python3", ["-c", `import sys, json; sys.path.insert(0, "tests/scenario"); sys.dont_write_bytecode = True
from workbook_test import workbook
workbook(sys.argv[1], json.loads(sys.argv[2]))`, file, JSON.stringify(rows)]);
}

const HEAD = ["Mã tài sản", "Tên máy móc", "Loại tài sản", "Đơn vị tính", "Số lượng", "Năm đưa vào sử dụng", "Căn cứ xác định giá trị", "Tình trạng", "Hiện trạng sử dụng"];
const row = (code, name) => [code, name, "Máy móc, thiết bị", "Cái", 1, 2024, "Theo sổ kế toán", "Tốt", "dung_muc_dich"];

await test("a workbook becomes records: a column matched by hand, a field filled, a row refused with its reason", async () => {
	const file = join(w.folder, "ke-khai.xlsx");
	workbook(file, [["BẢNG KÊ TÀI SẢN NĂM 2026"], [], HEAD, row("0045101-900001", "Máy chiếu hội trường"), row("0045101-900002", "Loa kéo"),
		row("0045101-000001", "Đã có"), row("mã lạ", "Mã sai dạng")]);
	await go("/import/asset");
	await page.getByLabel("Chọn tệp").setInputFiles(file);
	await page.getByLabel("Mục trong sổ của cột Tên máy móc").selectOption("name");
	await page.getByLabel("Mã đơn vị quan hệ ngân sách", { exact: true }).fill("0045101");
	await page.getByLabel("Mã đơn vị quan hệ ngân sách", { exact: true }).blur();
	await page.getByRole("button", { name: "Nhập 2 hồ sơ" }).waitFor();
	await page.getByText("Dòng 7:").waitFor();
	await w.shot(page, "import-preview");
	await page.getByRole("button", { name: "Nhập 2 hồ sơ" }).click();
	await page.getByText("Đã nhập 2 hồ sơ vào sổ").waitFor();
	await w.shot(page, "import-done");
	const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Lưu các dòng không nhận thành tệp" }).click()]);
	need("the refused row", readFileSync(await saved.path(), "utf8").includes("mã lạ"), true);
	await page.getByRole("button", { name: "Xem sổ" }).click();
	await found("10.002 / 10.002 hồ sơ");
});

await test("what is left of a torn workbook is told at once, and another file can be chosen", async () => {
	await go("/import/asset");
	await page.getByRole("button", { name: "Chọn tệp khác" }).or(page.getByLabel("Chọn tệp")).first().waitFor();
	await page.getByLabel("Chọn tệp").setInputFiles({ name: "ke-khai.xlsx", mimeType: "application/octet-stream", buffer: Buffer.from("PK") });
	await page.getByRole("alert").getByText("Tệp bị hỏng hoặc chép chưa hết.").waitFor();
	await w.shot(page, "import-torn");
	await page.getByRole("button", { name: "Chọn tệp khác" }).click();
	await page.getByLabel("Chọn tệp").waitFor({ state: "attached" });
});

await test("an old file is shown in three readings, and read in the one chosen", async () => {
	const file = join(w.folder, "cu.xlsx");
	workbook(file, [["asset_code", "name", "unit_code", ...HEAD.slice(2)],
		...["M\u00b8y vi t\u00ddnh \u00ae\u00d3 b\u00b5n phßng l\u00b5m vi\u00d6c", "B\u00b5n h\u00e4p lín", "Tñ t\u00b5i li\u00d6u"].map((n, i) => {
			const r = row(`0045101-91000${i}`, n);
			return [r[0], r[1], "0045101", ...r.slice(2)];
		})]);
	await go("/import/asset");
	await page.getByRole("button", { name: "Chọn tệp khác" }).or(page.getByLabel("Chọn tệp")).first().waitFor();
	await page.getByLabel("Chọn tệp").setInputFiles(file);
	await page.getByRole("cell", { name: "Máy vi tính để bàn phòng làm việc" }).waitFor();
	await w.shot(page, "import-encoding");
	await page.getByRole("button", { name: "Đọc theo TCVN3" }).click();
	await page.getByRole("button", { name: "Nhập 3 hồ sơ" }).click();
	await page.getByText("Đã nhập 3 hồ sơ vào sổ").waitFor();
	await go("/register/asset");
	await box().fill("may vi tinh de ban phong lam viec");
	await found("1 / 10.005 hồ sơ");
});

await test("a CSV of an old PC, in VNI and in the bytes of then", async () => {
	const file = join(w.folder, "cu.csv");
	const old = ["Maùy vi tính ñeå baøn phoøng laøm vieäc", "Baøn hoïp lôùn", "Tuû taøi lieäu"]; // VNI: a letter, then its mark
	const lines = [["asset_code", "name", "unit_code", "class", "uom", "quantity", "use_year", "value_basis", "condition", "use_state"],
		...old.map((n, i) => [`0045101-92000${i}`, n, "0045101", "may_moc_thiet_bi", "cai", 1, 2010, "so_ke_toan", "tot", "dung_muc_dich"])];
	writeFileSync(file, Buffer.from(lines.map((x) => x.join(";")).join("\r\n"), "latin1"));
	await go("/import/asset");
	await page.getByRole("button", { name: "Chọn tệp khác" }).or(page.getByLabel("Chọn tệp")).first().waitFor();
	await page.getByLabel("Chọn tệp").setInputFiles(file);
	await page.getByRole("button", { name: "Đọc theo VNI" }).click();
	await page.getByRole("button", { name: "Nhập 3 hồ sơ" }).click();
	await page.getByText("Đã nhập 3 hồ sơ vào sổ").waitFor();
	need("as it was meant", (await pc.call("search", ["ban hop lon", "--kind", "asset"])).items[0].title.includes("Bàn họp lớn"), true);
});

await test("one thing recorded twice is shown, linked with a reason, and parted again", async () => {
	for (const name of ["Ti vi hội trường", "Tivi phòng họp"]) {
		await pc.call("record", ["asset", `name=${name}`, "serial=TV-55-0001", "unit_code=0045101", "class=may_moc_thiet_bi", "uom=cai", "quantity=1", "use_year=2022",
			"value_basis=so_ke_toan", "condition=tot", "use_state=dung_muc_dich"], pin);
	}
	await go("/duplicates");
	const card = page.locator("section.card", { hasText: "Ti vi hội trường" });
	await card.getByRole("button", { name: "Đây là cùng một thứ" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: "Nối các hồ sơ" }).click();
	await dialog.getByText("Cần điền mục này").waitFor();
	await dialog.getByLabel("Lý do").fill("Cùng số máy");
	await dialog.getByRole("button", { name: "Nối các hồ sơ" }).click();
	await page.getByRole("heading", { name: "Đã nối là một" }).waitFor();
	await w.shot(page, "duplicates");
	await go("/register/asset");
	await box().fill("tivi phong hop");
	await found("1 / 10.009 hồ sơ");
	await page.locator(".window tbody td.wide .badge").waitFor(); // linked just now, and so not sent yet
	await go("/duplicates");
	await page.getByRole("button", { name: "Tách ra" }).click();
	await dialog.getByLabel("Lý do").fill("Hai máy khác nhau");
	await dialog.getByRole("button", { name: "Tách các hồ sơ" }).click();
	await card.getByRole("button", { name: "Đây là cùng một thứ" }).waitFor();
});

/** Rows in sight whose cell of the name does not show all of its text. */
const cut = (selector) => page.evaluate((s) => [...document.querySelectorAll(s)].filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
	.map((e) => e.innerText), selector);

await test("names stand there in full: over several lines, and a very long one over the rows below where the focus is", async () => {
	const long = `Hệ thống âm thanh hội trường ${"gồm bàn trộn, loa và micro không dây ".repeat(5)}của xã`;
	const place = "Phòng Văn hóa - Xã hội, tầng 2, dãy nhà phía sau trụ sở Ủy ban nhân dân";
	await pc.call("record", ["asset", `name=${long}`, `location=${place}`, "unit_code=0045101", "class=may_moc_thiet_bi", "uom=bo", "quantity=1", "use_year=2022",
		"value_basis=so_ke_toan", "condition=tot", "use_state=dung_muc_dich"], pin);
	await go("/register/asset");
	for (const width of [1366, 390]) {
		await page.setViewportSize({ width, height: width === 1366 ? 768 : 844 });
		await box().fill("");
		await page.waitForFunction(() => document.querySelectorAll(".window tbody tr a").length > 5);
		need(`${width}: of the usual names none is cut`, await cut(".window tbody td:first-child .clamp"), []);
		await box().fill("he thong am thanh hoi truong gom ban tron");
		await page.waitForFunction(() => document.querySelectorAll(".window tbody tr a").length === 1);
		need(`${width}: too long for its row`, (await cut(".window tbody td:first-child .clamp")).length, 1);
		await page.locator(".window tbody a").focus();
		need(`${width}: in full where the focus is`, await cut(".window tbody td:first-child .clamp"), []);
		const [name, under] = await page.locator(".window tbody td:first-child .line").allInnerTexts();
		need(`${width}: both`, [name, under.endsWith(place)], [long, true]);
		await w.shot(page, `long-name-${width}`);
	}
	await page.setViewportSize({ width: 1366, height: 768 });
});

await test("in English, by keyboard alone", async () => {
	await go("/register/asset");
	await page.evaluate(() => localStorage.setItem("kk-lang", "en"));
	await page.reload();
	await page.getByLabel("Search the register").waitFor();
	await page.getByLabel("Search the register").focus();
	await page.keyboard.press("Control+A");
	await page.keyboard.type("loa keo");
	await found("1 of 10.011 records");
	await page.keyboard.press("ArrowDown");
	await page.waitForFunction(() => document.activeElement.closest("tr")?.dataset.row === "0");
	await w.shot(page, "register-en");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => location.hash.startsWith("#/record/asset/"));
	need("nothing the browser complains of", page.problems, []);
});

await w.end();
