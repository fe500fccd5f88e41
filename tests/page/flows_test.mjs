// flows: what happens to everybody, in Vietnamese and in English: a form by keyboard alone and the page loaded anew in the
// middle of it; two clerks at one PC; the network gone and back; an asset written off here while it was edited there; a day picked, a picture dropped;
// a commune divided.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLERK, need, PASS, PIN, SCOPE, test, world } from "./harness.mjs";
import { publish, staff } from "./sample.mjs";

const OTHER = "Lò Thị Bé";
const w = world("flows");
const centre = await w.centre();
const pc = w.pc("pc"), far = w.pc("far");
const secrets = { pin: PIN };
const ASSET = ["class=may_moc_thiet_bi", "unit_code=0045101", "uom=cai", "quantity=1", "use_year=2024", "value_basis=so_ke_toan", "condition=tot",
	"use_state=dung_muc_dich", "lifecycle=dang_theo_doi"];
const all = Object.fromEntries(["vi", "en"].map((l) => [l, JSON.parse(readFileSync(new URL(`../../lib/lang/${l}.json`, import.meta.url), "utf8"))]));
await w.enrol(centre, pc);
await pc.call("clerk add", [OTHER, "--title", "Công chức Kế toán"], { secrets });
await pc.call("sync");
for (const x of (await centre.call("enrol list")).waiting) await centre.call("enrol approve", [x.key], { secrets: { passphrase: PASS } });
await w.enrol(centre, far, "Vừ A Chống");
await pc.serve();

const focused = (page) => page.evaluate(() => document.activeElement.dataset.field || document.activeElement.innerText);
const hash = (page) => page.evaluate(() => decodeURI(location.hash.slice(1)));

/** Keys only: on with Tab until the focus is on the field or on what is called so. */
async function tabTo(page, name) {
	for (let i = 0; i < 60; i++) {
		if ((await focused(page)).startsWith(name)) return;
		await page.keyboard.press("Tab");
	}
	throw new Error(`no way to ${name} by keys`);
}

/** The clerk chosen and her PIN typed, by keys. */
async function unlock(page, t, name) {
	await page.getByText(t("page.unlock.who")).waitFor();
	await tabTo(page, name);
	await page.keyboard.press("Enter");
	await page.locator("input[type=password]:focus").waitFor();
	await page.keyboard.type(PIN);
	await page.keyboard.press("Enter");
	await page.locator(".top-clerk", { hasText: name }).waitFor();
}

async function sent(page, t) {
	await page.locator("#sync").filter({ hasText: new RegExp(`^${t("status.line").replace("{saved}", "([\\d.]+)").replace("{sent}", "\\1").replace("{accepted}", "\\1").replace("{last}", ".*\\d\\d:\\d\\d")}$`) }).waitFor();
}

for (const [lang, week] of [["vi", "2026-W40"], ["en", "2026-W41"]]) {
	const t = (key) => all[lang][key];
	const fields = { ...JSON.parse(readFileSync(new URL("../sample/weekly_statement.json", import.meta.url), "utf8")).fields, week, contact_name: undefined };
	const page = await w.open(pc, { lang });
	let draft;

	await test(`${lang}: by keyboard alone, and loaded anew in the middle: the same field has the focus, what was typed is there`, async () => {
		await unlock(page, t, CLERK);
		draft = (await page.evaluate(async (f) => (await (await fetch("/api/draft_new", { method: "POST", headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ kind: "weekly_statement", fields: f }) })).json()).id, fields));
		await page.evaluate((id) => { location.hash = `/draft/${id}`; }, draft);
		await page.locator("[data-field=contact_name]").waitFor();
		const at = page.locator(".field", { has: page.locator("[data-field=checked_at]") });
		await at.locator("input.picker").evaluate((x) => { x.value = "2026-11-20T08:30"; x.dispatchEvent(new Event("change")); }); // what the browser's picker leaves
		await page.waitForFunction(() => document.querySelector("[data-field=checked_at]").value === "20/11/2026 08:30");
		await page.locator("#saved .badge-good").waitFor();
		await tabTo(page, "contact_name");
		await page.keyboard.type("Trần Đức Ân");
		await page.keyboard.press("Tab");
		await page.waitForFunction((id) => fetch("/api/draft_show", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id }) })
			.then((r) => r.json()).then((d) => d.focus === "contact_phone" && d.fields.contact_name.text === "Trần Đức Ân"), draft);
		await page.reload();
		await page.waitForFunction(() => document.activeElement.dataset.field === "contact_phone");
		need("kept", await page.locator("[data-field=contact_name]").inputValue(), "Trần Đức Ân");
		need("in its language", await page.locator("html").getAttribute("lang"), lang);
	});

	await test(`${lang}: two clerks: who is unlocked seals, whoever began it`, async () => {
		await page.getByRole("button", { name: t("page.lock") }).press("Enter");
		await unlock(page, t, OTHER);
		need("where it was", await hash(page), `/draft/${draft}`);
		await page.locator("[data-field=contact_name]").waitFor();
		await tabTo(page, t("page.draft.review"));
		await page.keyboard.press("Enter");
		await page.getByRole("button", { name: t("page.review.submit") }).waitFor();
		await centre.stop();
		await tabTo(page, t("page.review.submit"));
		await page.keyboard.press("Enter");
		await page.waitForFunction(() => location.hash.startsWith("#/record/weekly_statement/"));
		await page.locator(".history", { hasText: OTHER }).waitFor();
		need("sealed by her", await page.locator(".history", { hasText: CLERK }).count(), 0);
	});

	await test(`${lang}: without the centre it says why and until when; once that is back all arrives`, async () => {
		await page.getByRole("button", { name: t("page.sync.now") }).press("Enter");
		await page.locator(".syncline .badge", { hasText: t("page.sync.unsent") }).waitFor();
		const [before, after] = t("status.again").split("{at}");
		await page.locator(".syncline [role=status]").filter({ hasText: new RegExp(`\\S.* ${before}.*\\d\\d:\\d\\d${after.replace(".", "\\.")}`) }).waitFor();
		await w.shot(page, `waits-${lang}`);
		await centre.serve(["--port", new URL(centre.url).port], { passphrase: PASS });
		await page.getByRole("button", { name: t("page.sync.now") }).press("Enter");
		await sent(page, t);
		need("nothing waits", await page.locator(".syncline [role=status]").count(), 0);
	});

	await test(`${lang}: written off by one while another edited it: decided in the page, with a reason`, async () => {
		const asset = (await pc.call("record", ["asset", `name=Máy phát điện ${lang}`, ...ASSET, "--clerk", OTHER])).records[0].id;
		await pc.call("sync");
		await far.call("sync");
		await pc.call("record", ["asset", asset, "lifecycle=da_giam", "decrease_reason=thanh_ly", "--reason", "Đã thanh lý", "--clerk", OTHER]);
		await far.call("record", ["asset", asset, "location=Phòng Kinh tế", "--reason", "Chuyển phòng"], { secrets });
		await far.call("sync");
		await pc.call("sync");
		await page.evaluate((id) => { location.hash = `/decide/${id}`; }, asset);
		const form = page.locator("form.card", { hasText: `Máy phát điện ${lang}` });
		await form.waitFor();
		for (const word of ["Đã thanh lý", "Phòng Kinh tế", "Vừ A Chống"]) need(word, (await form.innerText()).includes(word), true);
		await w.shot(page, `written-off-${lang}`);
		await form.locator("input[type=radio]").first().check();
		await form.locator("textarea").fill("Chưa thanh lý, chỉ chuyển phòng");
		await form.getByRole("button", { name: t("page.decide.do") }).press("Enter");
		await page.getByText(t("page.decide.done").replace("{n}", "1")).waitFor();
		await page.evaluate((id) => { location.hash = `/record/asset/${id}`; }, asset);
		const files = await page.evaluateHandle(async () => { // a picture dropped
			const c = document.createElement("canvas");
			c.getContext("2d").fillRect(0, 0, 100, 100);
			const all = new DataTransfer();
			all.items.add(new File([await new Promise((done) => c.toBlob(done, "image/png"))], "may.png", { type: "image/png" }));
			return all;
		});
		await page.locator(".drop").dispatchEvent("drop", { dataTransfer: files });
		await page.waitForFunction(() => document.querySelector(".photo img")?.naturalWidth > 0);
		need("followed again", (await pc.call("show", [asset])).fields.lifecycle.value, "dang_theo_doi");
		await page.getByRole("button", { name: t("page.lock") }).press("Enter");
		await page.getByText(t("page.unlock.who")).waitFor();
		need("complaints", page.problems, []);
		await page.context().close();
	});
}

/** The Sunday of this week in Vietnam, as people write it. */
function sunday() {
	const day = new Date(Date.now() + 7 * 3600e3);
	day.setUTCDate(day.getUTCDate() + (7 - day.getUTCDay()) % 7);
	return day.toISOString().slice(0, 10).split("-").reverse().join("/");
}

await test("what is due this week is what the centre's schedule says, of this commune; begun, its button leads to the draft of this week alone", async () => {
	const t = (key) => all.vi[key], page = await w.open(pc);
	await unlock(page, t, CLERK);
	await page.evaluate(() => { location.hash = "/"; });
	await page.getByText(t("page.home.nothing")).waitFor();
	const old = await page.evaluate(async () => (await (await fetch("/api/draft_new", { method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ kind: "weekly_statement", fields: { week: "2026-W42" } }) })).json()).id);
	await staff(centre);
	await publish(centre, "kind=weekly_statement", "period=hang_tuan", "due_weekday=7", "due_hour=23");
	await centre.call("schedule publish", ["kind=equipment_check", "period=hang_tuan", "due_weekday=7", "due_hour=9", "scopes=00007", "--as", "reporter"], { secrets: { passphrase: PASS } });
	await page.getByRole("button", { name: t("page.sync.now") }).press("Enter");
	const due = page.locator("section[aria-labelledby=week] li");
	await due.waitFor();
	need("one, another commune's is none", await due.count(), 1);
	for (const part of ["Tự khai hằng tuần · Tuần ", `${t("page.weekday.sun")} ${sunday()}\u00a023:00`]) need(part, (await due.innerText()).includes(part), true);
	await w.shot(page, "due-vi");
	const begun = page.locator("section[aria-labelledby=drafts] li");
	need("a draft of an earlier week is not it", [await begun.getByRole("button").getAttribute("href"), await due.getByRole("button").innerText()],
		[`#/draft/${old}`, t("page.home.begin")]);
	await due.getByRole("button").press("Enter");
	await page.locator("[data-field=week]").waitFor();
	const made = await hash(page);
	await page.evaluate(() => { location.hash = "/"; });
	await due.getByRole("button", { name: t("page.home.goon") }).waitFor();
	need("leads to it, and it stands there once", [await due.getByRole("button").getAttribute("href"), await begun.count()], [`#${made}`, 1]);
	for (const id of [old, made.split("/").pop()]) await pc.call("draft remove", [id]);
	await page.getByRole("button", { name: t("page.lock") }).press("Enter");
	need("complaints", page.problems, []);
	await page.context().close();
});

await test("a commune is divided: home says of late what it means to this PC, the sending screen always", async () => {
	const csv = join(w.folder, "units.csv"), part = "00008", today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10).split("-").reverse().join("/");
	const said = (t, key) => t(key).replaceAll("{unit}", key === "status.unit" ? here : "Phường Ba Đình").replaceAll("{unit_code}", SCOPE).replaceAll("{into}", "Xã Khê Thượng")
		.replaceAll("{into_code}", part).replaceAll("{here}", here).replaceAll("{scope}", SCOPE).replaceAll("{date}", today);
	writeFileSync(csv, `province_code,province_name,commune_code,commune_name,kind\n01,Hà Nội,${SCOPE},Phường Ba Đình,phuong\n01,Hà Nội,${part},Xã Khê Thượng,xa\n`);
	const by = { secrets: { passphrase: PASS } };
	await centre.call("catalogue import", [csv], by);
	await centre.call("unit split", [SCOPE, part, "--effective", today, "--apply"], by);
	await pc.call("sync");
	const here = (await pc.call("status")).unit;
	for (const lang of ["vi", "en"]) {
		const t = (key) => all[lang][key];
		const page = await w.open(pc, { lang });
		await unlock(page, t, CLERK);
		await page.evaluate(() => { location.hash = "/"; });
		await page.locator(".notice", { hasText: said(t, "page.communes.divided") }).filter({ hasText: said(t, "status.split_stays") }).waitFor();
		await w.shot(page, `divided-${lang}`);
		await page.getByRole("link", { name: t("page.communes.all") }).press("Enter");
		const card = page.locator("section", { has: page.getByRole("heading", { name: t("page.communes.title") }) });
		await card.filter({ hasText: said(t, "status.unit") }).filter({ hasText: said(t, "status.split_stays") }).waitFor();
		await w.shot(page, `communes-${lang}`);
		await page.getByRole("button", { name: t("page.lock") }).press("Enter");
		need("complaints", page.problems, []);
		await page.context().close();
	}
});

await w.end();
