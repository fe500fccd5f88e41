// submissions: what communes sent in, in a real browser, with a real collector and PCs: found, opened, returned with a comment on a field,
// answered by a correction, approved many at once, locked, corrected afterwards; a task given and ended. Vietnamese and English, wide and narrow.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addStaff, signedIn, STAFF_PASS } from "./console.mjs";
import { need, PASS, PIN, test, world } from "./harness.mjs";
import { axe, Looks, settled } from "./look.mjs";

const pin = { secrets: { pin: PIN } };
const w = world("submissions");
const centre = await w.centre();
const pcs = {};
const sent = {}; // ids of the statements

let files = 0;
function write(text) {
	const path = join(w.folder, `file-${++files}`);
	writeFileSync(path, text);
	return path;
}

async function statement(pc, week) {
	const fields = { week, checked_at: "2026-11-18T16:05", declared_adequate: "co", checklist: "dm_2026_1", car: "co", contact_name: "Trần Đức Ân", contact_phone: "0900 045 101" };
	const draft = (await pc.call("record", ["--file", write(JSON.stringify({ kind: "weekly_statement", fields }))], pin)).records[0].id;
	return (await pc.call("submit", [draft], pin)).records[0].id;
}

async function correct(pc, id, ...fields) {
	const made = (await pc.call("correct", [id, ...fields, "--reason", "Đã xem lại"], pin)).records[0].id;
	await pc.call("sync");
	return made;
}

/** What the page of one record says of it. */
const standing = (page) => page.locator("section.card").filter({ has: page.locator("#standing") });

async function seal(page, reason) {
	const dialog = page.locator("dialog[open]");
	if (reason) await dialog.locator("[name=reason]").fill(reason);
	await dialog.locator("[type=password]").fill(STAFF_PASS);
	await dialog.locator("button[type=submit]").click();
}

await test("two communes send their statements in", async () => {
	await centre.call("catalogue import", [write("province_code,province_name,commune_code,commune_name,kind\n01,Hà Nội,00004,Mường Hum,xa\n01,Hà Nội,00007,Trà Tân,xa\n")],
		{ secrets: { passphrase: PASS } });
	await addStaff(centre);
	for (const [name, scope, clerk] of [["a", "00004", "Nguyễn Văn An"], ["b", "00007", "Lò Văn Bé"]]) {
		pcs[name] = w.pc(name);
		await w.enrol(centre, pcs[name], clerk, "Công chức", { scope, unit: "Xã" });
	}
	sent.before = await statement(pcs.a, "2026-W46");
	sent.a = await statement(pcs.a, "2026-W47");
	sent.b = await statement(pcs.b, "2026-W47");
	for (const pc of [pcs.a, pcs.b]) await pc.call("sync");
});

await test("found by words without tones, opened, returned with a comment on a field", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	await page.getByRole("link", { name: /Hồ sơ mới nhận/ }).click();
	await page.locator("tbody tr").nth(2).waitFor();
	need("the seals hold", await page.locator("tbody").getByText("Niêm phong hợp lệ").count(), 3);
	await page.getByLabel(/Tìm theo xã/).fill("tra tan");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
	need("the other commune alone", (await page.locator("tbody tr").innerText()).includes("Trà Tân"), true);
	await w.shot(page, "found-vi-1366");
	await page.evaluate((id) => { location.hash = `/submission/00004/${id}?kind=weekly_statement`; }, sent.a);
	await standing(page).getByText("Niêm phong hợp lệ").waitFor();
	await page.getByText("Lần kiểm tra trước của cùng đối tượng").waitFor();
	await page.getByLabel("Trả lại để sửa").check();
	await page.getByRole("button", { name: "Niêm phong ý kiến" }).click();
	await page.getByRole("alert").first().waitFor(); // a reason is needed
	await page.getByLabel("Mục cần xem lại").selectOption({ label: "Xe ô tô phục vụ công tác" });
	await page.getByLabel("Nhận xét").fill("Xe nào?");
	await page.getByLabel("Lý do").fill("Kiểm lại số xe");
	await w.shot(page, "decide-vi-1366");
	await page.getByRole("button", { name: "Niêm phong ý kiến" }).click();
	await seal(page);
	await page.getByText("Đã ghi ý kiến").waitFor();
	await standing(page).getByText("đã trả lại").waitFor();
	const told = (await centre.call("show", [sent.a])).standing;
	need("in the log", [told.state, told.reason, told.comments], ["returned", "Kiểm lại số xe", [{ field: "car", text: "Xe nào?" }]]);
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("the correction names it; both communes approved at once, each under a seal of its own; locked, and corrected afterwards", async () => {
	await pcs.a.call("sync");
	sent.fixed = await correct(pcs.a, sent.a, "car=chua");
	const page = await signedIn(w, centre, "tham-tra");
	await page.evaluate((id) => { location.hash = `/submission/00004/${id}?kind=weekly_statement`; }, sent.fixed);
	await page.getByText("Phiếu này sửa phiếu").waitFor();
	need("what has changed", await page.locator("section.card").filter({ has: page.locator("#changed") }).locator("tbody tr").allInnerTexts().then((x) => x.map((r) => r.split("\t")[0])), ["Xe ô tô phục vụ công tác"]);
	await page.evaluate(() => { location.hash = "/submissions?state=received"; });
	await page.locator("tbody tr").nth(2).waitFor();
	for (const row of await page.locator("tbody tr").filter({ hasText: "Tuần 47" }).all()) await row.locator("input[type=checkbox]").check();
	await page.getByRole("button", { name: "Chấp nhận 2 hồ sơ" }).click();
	await seal(page);
	await page.getByText("Đã chấp nhận 2 hồ sơ.").waitFor();
	const acts = (await centre.call("acts", ["--limit", "2"])).items;
	need("a seal each", new Set(acts.map((x) => x.entry)).size, 2);
	need("of the centre", (await centre.call("show", [sent.fixed])).standing.locked, true);
	await pcs.a.call("sync");
	sent.late = await correct(pcs.a, sent.fixed, "car=co");
	await page.evaluate(() => { location.hash = "/submissions?flag=after"; });
	await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
	need("told", (await page.locator("tbody tr").innerText()).includes("sửa sau khi duyệt"), true);
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("a task is given from the page of a record, listed and ended; a province's verifier sees its communes alone", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	await page.evaluate((id) => { location.hash = `/submission/00007/${id}`; }, sent.b);
	await page.getByRole("button", { name: "Giao việc cho xã" }).click();
	const dialog = page.locator("dialog[open]");
	for (const [name, value] of [["title", "Nộp ảnh mái nhà"], ["owner", "Lò Văn Bé"], ["due", "31/12/2027"]]) await dialog.locator(`[name=${name}]`).fill(value);
	await dialog.locator("button[type=submit]").click();
	await page.locator("dialog[open] [type=password]").waitFor();
	await seal(page);
	await page.getByText("Đã giao việc").waitFor();
	await page.getByRole("navigation").getByRole("link", { name: "Việc đã giao" }).click();
	await page.getByText("Nộp ảnh mái nhà").waitFor();
	await page.getByRole("link", { name: "Hồ sơ liên quan" }).click();
	await standing(page).waitFor();
	await page.goBack();
	await page.getByRole("button", { name: "Hủy việc" }).click();
	await seal(page, "Đã có ảnh");
	await page.getByText("đã hủy").last().waitFor();
	need("nothing wrong", page.problems, []);
	await page.context().close();
	const other = await signedIn(w, centre, "tinh");
	await other.evaluate(() => { location.hash = "/submissions"; });
	await other.locator("tbody tr").first().waitFor();
	need("its own", (await other.locator("tbody tr").allInnerTexts()).filter((x) => x.includes("Trà Tân")), []);
	await other.evaluate((id) => { location.hash = `/submission/00007/${id}`; }, sent.b);
	await other.getByRole("alert").waitFor();
	await other.context().close();
});

await test("every screen in both languages and widths: axe finds nothing, nothing runs out of the window", async () => {
	const screens = [["list", "/submissions"], ["none", "/submissions?state=rejected"], ["one", `/submission/00004/${sent.late}?kind=weekly_statement`], ["tasks", "/tasks"]];
	const looks = new Looks();
	for (const [lang, width] of [["vi", 1366], ["en", 390]]) {
		const page = await signedIn(w, centre, "tham-tra", { lang, width });
		await page.evaluate(axe);
		for (const [name, address] of screens) {
			await page.evaluate((a) => { location.hash = a; }, address);
			await settled(page);
			if (name === "one") {
				await page.locator("section.card").filter({ has: page.locator("#explain") }).getByRole("button").click();
				await page.locator("section.card").filter({ has: page.locator("#explain") }).locator("tbody tr").first().waitFor();
			}
			await looks.look(w, page, `${name}-${lang}-${width}`, lang);
		}
		await page.context().close();
	}
	looks.end();
});

await w.end();
