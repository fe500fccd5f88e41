// screens: every screen of the clerk's page, from the route table itself, times empty, full and failing, and what those do not come by (a file
// being imported, a stocktake just begun, a PC not let in yet), Vietnamese and English, 1366 and 390 pixels wide (under a sanitizer half of that): axe
// finds nothing (what is built the same it looks at once in a width), nothing stands there that is not for people, the layout does not run out of
// the window, exactly one h1 and at most one primary button. With KK_SHOTS=1 screenshots stay in the build folder. A new screen is in here
// by standing in agent/web/app.js.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLERK, PIN, test, world } from "./harness.mjs";
import { examples } from "./examples.mjs";
import { axe, Looks, QUICK, settled, SIZES, texts } from "./look.mjs";
import { fill } from "./sample.mjs";

const looks = new Looks({ once: true });

/** A window in each language; f looks by each(name), which shows what stands there in every width. */
async function windows(w, pc, f) {
	for (const lang of ["vi", "en"]) {
		const sizes = SIZES.filter((_, i) => !QUICK || (lang === "vi") === (i === 0));
		const page = await w.open(pc, { lang });
		await page.evaluate(axe);
		const each = async (name) => {
			for (const [width, height] of sizes) {
				await page.setViewportSize({ width, height });
				await settled(page);
				await looks.look(w, page, `${name}-${lang}-${width}`, lang);
			}
		};
		await f(page, each, lang);
		await page.context().close();
	}
}

/** Load the page anew, with axe in it. */
async function reload(page) {
	await page.reload();
	await page.evaluate(axe);
}

const w = world("screens");
const centre = await w.centre();
const empty = w.pc("empty"), full = w.pc("full"), other = w.pc("other"), fresh = w.pc("fresh");
let ids = {};

/** The addresses of all screens, by the page's own table. */
async function addresses(page) {
	const all = await page.evaluate(async () => (await import("/app.js")).screens.map((s) => s.path));
	return all.map((path) => {
		if (!path.includes(":")) return [path, path === "/" ? "home" : path.slice(1).replaceAll("/", "-")];
		if (!examples[path]) throw new Error(`tests/page/examples.mjs has nothing for ${path}`);
		return [examples[path](ids), path.slice(1).replaceAll("/", "-").replaceAll(":", "")];
	});
}

async function everyScreen(pc, state) {
	await windows(w, pc, async (page, each, lang) => {
		if (state === "error") {
			await page.route("**/api/*", (r) => /status|clerk_list/.test(r.request().url()) ? r.continue() : r.fulfill({
				status: 500, contentType: "application/problem+json",
				body: JSON.stringify({ key: "rc.io", detail: texts[lang]["rc.io"], code: "io" }) }));
			await reload(page); // what was answered before stays on a screen
		}
		for (const [address, name] of await addresses(page)) {
			await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
			await page.evaluate((a) => { location.hash = ""; location.hash = a; }, address);
			await settled(page);
			await each(`${name}-${state}`);
		}
		await forget(pc);
	});
}

/** What looking at a screen has begun is not there in the next round. */
async function forget(pc) {
	for (const d of (await pc.call("list", ["--drafts"])).drafts) if (d.id !== ids.draft) await pc.call("draft remove", [d.id]);
}

/** Each of [address, name], once `until` (a text's key) stands there. */
async function addressed(page, each, list, lang) {
	for (const [address, name, until] of list) {
		await page.evaluate((a) => { location.hash = ""; location.hash = a; }, address);
		await page.getByText(texts[lang][until].split("{")[0]).first().waitFor();
		await settled(page);
		await each(name);
	}
}

const HEAD = ["Mã tài sản", "Tên máy", "Mã đơn vị quan hệ ngân sách", "Loại tài sản", "Đơn vị tính", "Số lượng", "Năm đưa vào sử dụng", "Căn cứ xác định giá trị", "Tình trạng", "Hiện trạng sử dụng"];

/** A list for an import: UTF-8, or what an old PC wrote byte by byte. */
function csv(name, names, how = "utf8") {
	const file = join(w.folder, name);
	const rows = names.map(([code, text]) => [code, text, "0045101", "may_moc_thiet_bi", "cai", 1, 2020, "so_ke_toan", "tot", "dung_muc_dich"]);
	const head = how === "utf8" ? HEAD : ["asset_code", "name", "unit_code", "class", "uom", "quantity", "use_year", "value_basis", "condition", "use_state"];
	writeFileSync(file, Buffer.from([head, ...rows].map((x) => x.join(";")).join("\r\n"), how));
	return file;
}

async function unlock(pc) {
	const page = await w.open(pc);
	const pin = page.getByLabel(/Mã PIN/), inside = page.locator("#sync");
	await pin.or(inside).first().waitFor();
	if (await pin.count() > 0) {
		await pin.fill(PIN);
		await page.getByRole("button", { name: "Mở khóa" }).click();
	}
	await inside.waitFor();
	await page.context().close();
}

await test("a world: a commune at work, one just enrolled, a PC never enrolled", async () => {
	await w.enrol(centre, full, CLERK);
	await w.enrol(centre, other, "H'Lan Niê");
	await w.enrol(centre, empty, "Đỗ Văn Ân", "Công chức", { scope: "00007", unit: "Xã Trà Tân" });
	ids = await fill(w, centre, full, other);
	await full.serve(["--offline"]);
	await empty.serve(["--offline"]);
	await fresh.serve(["--offline"]);
});

await test("the start", () => windows(w, fresh, async (page, each) => {
	await each("start");
	await page.locator(".choices button").nth(1).click();
	await each("start-file");
}));

await test("the PIN", () => windows(w, full, (page, each) => each("pin")));

await test("every screen, empty", async () => {
	await unlock(empty);
	await everyScreen(empty, "empty");
});

await test("a file being imported: how it is read, what comes of it with what is refused, what came of it", () => windows(w, empty, async (page, each, lang) => {
	const t = (key) => texts[lang][key], no = lang === "vi" ? 1 : 2;
	const choose = async (file) => {
		await page.evaluate(() => { location.hash = "/"; location.hash = "/import/asset"; });
		await page.getByLabel(t("page.import.choose")).setInputFiles(file);
	};
	await choose(csv("cu.csv", [["0045101-920001", "Maùy vi tính ñeå baøn phoøng laøm vieäc"], ["0045101-920002", "Tuû taøi lieäu"]], "latin1"));
	await page.getByText(t("page.import.ask_encoding")).waitFor();
	await each("import-encoding");
	await page.getByRole("button", { name: t("page.import.other_file") }).press("Enter");
	await choose(csv("moi.csv", [[`0045101-93000${no}`, "Máy chiếu hội trường"], [`0045101-94000${no}`, "Loa kéo"], ["mã lạ", "Mã sai dạng"]]));
	await page.getByLabel(t("page.import.field_of").replace("{column}", HEAD[1])).selectOption("name");
	await page.getByRole("button", { name: t("page.import.apply").replace("{n}", "2") }).waitFor();
	await each("import-preview");
	await page.getByRole("button", { name: t("page.import.apply").replace("{n}", "2") }).press("Enter");
	await page.getByText(t("page.import.applied").replace("{n}", "2")).waitFor();
	await each("import-done");
}));

await test("a stocktake just begun: nobody in its committee, nothing counted; a record nobody differs about; a draft just begun", async () => {
	const session = (await empty.call("record", ["inventory", "unit_name=UBND xã Trà Tân", "unit_code=0045101", "cut_off=2026-01-01T00:00", "counted_at=2026-11-20T08:00",
		"unit_head=Hoàng Văn Thụ", "chief_accountant=Đỗ Thị Ngọc Ánh"], { secrets: { pin: PIN } })).records[0].id;
	await windows(w, empty, async (page, each, lang) => {
		await addressed(page, each, [[`/committee/${session}`, "committee-nobody", "page.committee.none"], [`/differences/${session}`, "differences-none-yet", "page.differences.none_yet"],
			[`/decide/${session}`, "decide-nothing", "page.decide.none"], ["/new/equipment_check", "draft-begun", "page.draft.review"]], lang);
		await forget(empty);
	});
});

await test("every screen, full", async () => {
	await unlock(full);
	await everyScreen(full, "full");
});

await test("every screen, when nothing can be had", () => everyScreen(full, "error"));

await test("an address that leads nowhere, and a session that has ended", () => windows(w, full, async (page, each) => {
	await page.evaluate(() => { location.hash = "/no-such-place"; });
	await each("nowhere");
	await page.context().clearCookies();
	await reload(page);
	await each("gone");
}));

await test("a PC not let in yet: it waits, another slip", async () => {
	const file = await w.slip(centre);
	await centre.stop();
	await fresh.call("enrol", [file, "--clerk", CLERK], { secrets: { pin: PIN } });
	await unlock(fresh);
	await windows(w, fresh, (page, each, lang) => addressed(page, each, [["/", "home-waiting", "page.home.waiting"], ["/enrol", "enrol-form", "page.enrol.title"]], lang));
});

await test("screens", () => looks.end());

await w.end();
