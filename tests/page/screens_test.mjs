// screens: every screen of the clerk's page, from the route table itself, times empty, full and failing, Vietnamese and
// English, 1366 and 390 pixels wide (under a sanitizer half of that): axe finds nothing, nothing stands there that is not for people, the
// layout does not run out of the window, exactly one h1 and at most one primary button. Screenshots stay
// in the build folder. A new screen is in here by standing in agent/web/app.js.
import { readFileSync } from "node:fs";
import { AXE, CLERK, PIN, need, test, world } from "./harness.mjs";
import { examples } from "./examples.mjs";
import { fill } from "./sample.mjs";

const SIZES = [[1366, 768], [390, 844]];
// A sanitizer looks at the program, not at the screens: there each language and each width once.
const QUICK = Boolean(process.env.KK_SANITIZE);
const axe = readFileSync(AXE, "utf8");
const texts = Object.fromEntries(["vi", "en"].map((l) => [l, JSON.parse(readFileSync(new URL(`../../lib/lang/${l}.json`, import.meta.url), "utf8"))]));

/** Texts of the page in one language that the other does not have: none may stand on its screens. */
function foreign(l) {
	const other = texts[l === "vi" ? "en" : "vi"];
	const own = new Set(Object.values(texts[l]));
	return Object.entries(other).filter(([k, v]) => k.startsWith("page.") && k !== "page.lang.other" && !own.has(v) && v.length > 4 && !v.includes("{")).map(([, v]) => v);
}

const NEVER = [
	[/[a-z]+_[a-z]+/, "a code"], [/\bundefined\b/, "undefined"], [/\bNaN\b/, "NaN"], [/\[object/, "an object"],
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/, "a bare UUID"], [/\b\d{4}-\d\d-\d\d\b/, "an ISO date"], [/\{[a-z0-9_]+\}/, "an open place"],
];
const NEVER_VI = [[/\b(conflict|hash|feed|sync)\b/i, "a programmer's word"], [/chữ ký số/i, "what the seal is not"]];

let shown = 0;
const violations = [];

/** Look at what stands in the window now. */
async function look(w, page, name, lang) {
	const wrong = (what) => violations.push(`${name}: ${what}`);
	const text = await page.locator("body").innerText();
	for (const [pattern, what] of [...NEVER, ...(lang === "vi" ? NEVER_VI : [])]) {
		const m = pattern.exec(text);
		if (m) wrong(`${what}: "${text.slice(Math.max(0, m.index - 30), m.index + 40).replaceAll("\n", " ")}"`);
	}
	for (const s of foreign(lang)) if (text.split("\n").some((line) => line.trim() === s)) wrong(`a text of the other language: "${s}"`);
	need(`${name}: headings`, await page.locator("h1").count(), 1);
	const primary = await page.locator("button:not(.secondary):not(.close):visible, a[role=button]:not(.secondary):visible").evaluateAll(
		(all) => all.filter((e) => !e.closest(".top, .choices, dialog:not([open])")).length);
	if (primary > 1) wrong(`${primary} primary buttons`);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	if (wide > 0) wrong(`${wide} px wider than the window`);
	const small = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.firstChild && e.firstChild.nodeType === 3
		&& e.firstChild.data.trim() && parseFloat(getComputedStyle(e).fontSize) < 16 && !e.closest(".visually-hidden")).map((e) => e.className || e.tagName)[0]);
	if (small) wrong(`a text smaller than 16 px: ${small}`);
	const found = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ["violations"] })).violations
		.map((v) => `${v.id} (${v.nodes.map((n) => n.target.join(" ")).join(", ")})`));
	found.forEach(wrong);
	for (const p of page.problems.splice(0)) wrong(`the browser says: ${p}`);
	await w.shot(page, name);
	shown++;
}

/** Once nothing is asked any more and no screen waits. */
async function settled(page) {
	await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy=true]"));
	await page.evaluate(() => document.fonts.ready);
}

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
				await look(w, page, `${name}-${lang}-${width}`, lang);
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

await test("screens", async () => {
	for (const v of violations) console.log(`# ${v}`);
	console.log(`# ${shown} screens, ${violations.length} violations`);
	need("violations", violations.length, 0);
});

await w.end();
