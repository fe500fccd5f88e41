// screens: every screen of the clerk's page, from the route table itself, times empty, full and failing, Vietnamese and
// English, 1366 and 390 pixels wide (under a sanitizer half of that): axe finds nothing (what is built the same it looks at once in a width), nothing
// stands there that is not for people, the layout does not run out of the window, exactly one h1 and at most one primary button. With KK_SHOTS=1
// screenshots stay in the build folder. A new screen is in here by standing in agent/web/app.js.
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
	});
}

async function unlock(pc) {
	const page = await w.open(pc);
	await page.getByLabel(/Mã PIN/).fill(PIN);
	await page.getByRole("button", { name: "Mở khóa" }).click();
	await page.locator("#sync").waitFor();
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

await test("screens", () => looks.end());

await w.end();
