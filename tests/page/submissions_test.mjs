// submissions: what communes sent in, in a real browser, with a real collector and PCs: found, opened, returned with a comment on a field,
// answered by a correction, approved many at once, locked, corrected afterwards; a task given and ended; photos; what waits for whom.
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addStaff, signedIn, STAFF_PASS } from "./console.mjs";
import { photosOf, picture } from "./console_sample.mjs";
import { form } from "./sample.mjs";
import { need, PASS, PIN, test, world } from "./harness.mjs";
import { axe, count, Looks, settled, still } from "./look.mjs";

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

await test("the first page: where not all was looked at, it says more than so many, or that it does not know; never none", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	const badge = (label) => page.locator(".rows li", { hasText: label }).locator(".badge");
	const said = async (label) => [await badge(label).getAttribute("class"), await badge(label).innerText()];
	await badge("Hồ sơ mới nhận").waitFor();
	need("all looked at", [await said("Hồ sơ mới nhận"), await said("Việc đã giao")], [["badge badge-wait", "3"], ["badge badge-good", "không có"]]);
	const told = { submissions: { total: 2000, more_than: true }, task_list: { total: 0, more_than: true } };
	for (const [name, more] of Object.entries(told)) {
		await page.route(`**/api/${name}`, async (r) => {
			const response = await r.fetch();
			await r.fulfill({ response, json: { ...await response.json(), ...more } });
		});
	}
	await page.reload();
	await badge("Hồ sơ mới nhận").filter({ hasText: "hơn" }).waitFor();
	await badge("Việc đã giao").waitFor();
	need("some", [await said("Hồ sơ mới nhận"), await said("Việc đã giao")], [["badge badge-wait", "hơn 2.000"], ["badge badge-wait", "chưa đếm hết"]]);
	await page.context().close();
});

await test("found by words without tones, opened, returned with a comment on a field", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	await page.getByRole("link", { name: /Hồ sơ mới nhận/ }).click();
	await page.locator("tbody tr").nth(2).waitFor();
	need("the seals hold", await page.locator("tbody").getByText("Niêm phong hợp lệ").count(), 3);
	await page.getByLabel("Từ cần tìm").fill("tra tan");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
	need("the other commune alone", (await page.locator("tbody tr").innerText()).includes("Trà Tân"), true);
	await w.shot(page, "found-vi-1366");
	await page.evaluate((id) => { location.hash = `/submission/00004/${id}?kind=weekly_statement`; }, sent.a);
	await standing(page).getByText("Niêm phong hợp lệ").waitFor();
	await page.getByText("Lần kiểm tra trước của cùng đối tượng").waitFor();
	const beside = page.locator("section.card").filter({ has: page.locator("#content") }).locator("tbody tr");
	need("each field: the week before, now", await beside.first().locator("td").allInnerTexts(), ["Tuần báo cáo", "Tuần 46 (09/11 – 15/11/2026)", "Tuần 47 (16/11 – 22/11/2026)"]);
	need("what is the same, too", await beside.filter({ hasText: "Người liên hệ" }).first().locator("td").allInnerTexts(), ["Người liên hệ", "Trần Đức Ân", "Trần Đức Ân"]);
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
	need("told", (await page.locator("tbody tr").innerText()).includes("Sửa sau khi duyệt"), true);
	await page.evaluate(() => { location.hash = "/submissions"; });
	await page.locator("tbody tr").nth(4).waitFor();
	const ticks = await page.locator("tbody tr").evaluateAll((all) => all.map((r) => [Boolean(r.querySelector("[type=checkbox]")), /Mới nhận/.test(r.innerText)]));
	need("what was decided or replaced cannot be chosen", [ticks.every(([tick, waits]) => tick === waits), ticks.filter(([tick]) => tick).length], [true, 2]);
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

/** A check of a place with that many photos, sent in. */
async function checkWithPhotos(pc, n) {
	const call = async (...args) => (await pc.call("record", args, pin)).records[0].id;
	const facility = await call("facility", "commune_code=00007", "name=Trạm y tế Trà Tân", "address=Thôn Séo Pa", "facility_type=tram_y_te", "land_cert=co", "surplus_status=khong");
	const draft = await call("--file", write(JSON.stringify(form("facility_check", { facility_id: facility }))));
	const photos = Array.from({ length: n }, (_, i) => picture(30 * i));
	for (const [i, bytes] of photos.entries()) await call("photo", `caption=Ảnh ${i + 1}`, `taken_at=2026-11-1${i}T08:30`, "--parent", draft, "--attach", write(bytes));
	const check = (await pc.call("submit", [draft], pin)).records[0].id;
	await pc.call("sync");
	return { check, photos: photos.map((x) => createHash("sha256").update(x).digest("hex")) };
}

/** What the console is told of that address, by this window's session. */
const fetched = (page, address) => page.evaluate(async (a) => {
	const res = await fetch(a);
	const of = (name) => res.headers.get(name);
	return [res.status, of("content-type"), of("content-security-policy"), of("x-content-type-options"), of("cache-control")];
}, address);

await test("photos: seen small and in full; a damaged and a missing one are told and come again; by who sees the commune alone", async () => {
	const { check, photos } = await checkWithPhotos(pcs.b, 3);
	const address = `/submission/00007/${check}`;
	const page = await signedIn(w, centre, "tham-tra");
	const images = page.locator(".photo img");
	await page.evaluate((a) => { location.hash = a; }, address);
	await images.nth(2).waitFor();
	await page.waitForFunction(() => [...document.querySelectorAll(".photo img")].every((x) => x.naturalWidth === 240));
	need("when each was taken", await page.locator(".photo dd").allTextContents().then((all) => all.filter((x) => x.includes("11/2026")).length), 3);
	await w.shot(page, "photos-vi-1366");
	const [full] = await Promise.all([page.context().waitForEvent("page"), images.first().click()]);
	await full.waitForLoadState();
	need("in full", await full.evaluate(() => document.contentType), "image/png");
	await full.close();
	need("strict", await fetched(page, `/photo/${photos[0]}?scope=00007`), [200, "image/png", "default-src 'none'; sandbox", "nosniff", "no-store"]);
	need("of another commune it is none", (await fetched(page, `/photo/${photos[0]}?scope=00004`))[0], 404);
	need("nor without a commune", (await fetched(page, `/photo/${photos[0]}`))[0], 404);
	const other = await signedIn(w, centre, "tinh");
	need("who does not see the commune", (await fetched(other, `/photo/${photos[0]}?scope=00007`))[0], 403);
	need("nor by another commune", (await fetched(other, `/photo/${photos[0]}?scope=00004`))[0], 404);
	await other.context().clearCookies();
	need("nobody", (await fetched(other, `/photo/${photos[0]}?scope=00007`))[0], 401);
	await other.context().close();
	const lie = photosOf(centre);
	writeFileSync(lie[0], "hỏng");
	rmSync(lie[1]);
	await page.reload();
	await page.getByText("Tệp hỏng", { exact: true }).waitFor();
	need("the missing one is told", await page.getByText("Chưa nhận được", { exact: true }).count(), 1);
	need("the third is shown", await images.count(), 1);
	await pcs.b.call("sync");
	await page.reload();
	await images.nth(2).waitFor();
	need("all are good again", await page.getByText("Đã nhận, đúng niêm phong").count(), 3);
	need("nothing wrong", page.problems, []);
	await page.context().close();
});

await test("what waits for a level: neither what was decided there or above, nor what waits for the commune", async () => {
	const page = await signedIn(w, centre, "tham-tra");
	const listed = async (address) => {
		await page.evaluate((a) => { location.hash = a; }, address);
		await page.getByRole("status").or(page.locator(".lead")).first().waitFor();
		await still(page);
		return page.locator("tbody tr").count();
	};
	await count(page);
	need("all but what was decided by the centre or is replaced", await listed("/submissions?waiting=centre"), (await centre.call("submissions", ["--waiting", "centre"])).total);
	need("which are", (await centre.call("submissions", ["--waiting", "centre"])).submissions.map((x) => [x.state, x.level]), [["received", ""], ["received", ""], ["received", ""]]);
	await page.getByLabel("Chờ ý kiến của").selectOption({ label: "Cấp tỉnh" });
	await page.waitForFunction(() => location.hash.includes("waiting=province"));
	await page.getByLabel("Mã xã").fill("00007");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => location.hash.includes("scope=00007"));
	await still(page);
	need("of one commune", await page.locator("tbody tr").allInnerTexts().then((all) => all.every((x) => x.includes("00007"))), true);
	await page.context().close();
});

await test("explained clause by clause, on demand", async () => {
	const looks = new Looks();
	for (const [lang, width] of [["vi", 1366], ["en", 390]]) {
		const page = await signedIn(w, centre, "tham-tra", { lang, width });
		await page.evaluate(axe);
		await page.evaluate((a) => { location.hash = a; }, `/submission/00004/${sent.late}?kind=weekly_statement`);
		await settled(page);
		await page.locator("section.card").filter({ has: page.locator("#explain") }).getByRole("button").click();
		await page.locator("section.card").filter({ has: page.locator("#explain") }).locator("tbody tr").first().waitFor();
		await looks.look(w, page, `explained-${lang}-${width}`, lang);
		await page.context().close();
	}
	looks.end();
});

await w.end();
