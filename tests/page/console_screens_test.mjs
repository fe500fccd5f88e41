// console_screens: every screen of the centre's console, from the route table itself, times every role, full, empty and failing, Vietnamese
// and English, 1366 and 390 pixels wide: what tests/page/look.mjs asks of every screen. What a role is shown to the letter as another was
// before it, is counted and not measured again; axe looks at what is built the same once in a width. With KK_SHOTS=1 screenshots stay
// in the build folder. A new screen is in here by standing in server-stub/web/app.js.
import { addStaff, openConsole, signedIn } from "./console.mjs";
import { examples } from "./console_examples.mjs";
import { fillCentre, week } from "./console_sample.mjs";
import { PASS, test, world } from "./harness.mjs";
import { axe, count, Looks, SIZES, still, texts } from "./look.mjs";

const ROLES = { registrar: "registrar", verifier: "tham-tra", province_verifier: "tinh", reporter: "bao-cao", auditor: "kiem-toan" };
/** In this order each look changes one thing. */
const LOOKS = [["vi", 0], ["en", 0], ["en", 1], ["vi", 1]];
const looks = new Looks({ commands: true, once: true });
const w = world("console_screens");
const empty = await w.centre(), full = await w.centre({ home: "full" });
const before = new Map(); // state and what stood there: the role that was shown it
let ids, page, alike = 0;

/** The addresses of all screens that this role sees, by the page's own table. */
async function addresses() {
	const { all, mine } = await page.evaluate(async () => {
		const { screens } = await import("/app.js");
		const { sees } = await import("/shell.js");
		const { may } = await (await import("/lib/base.js")).ask("/session", { method: "GET" });
		return { all: screens.map((s) => s.path), mine: screens.filter((s) => sees({ may: (name) => may.includes(name) }, s)).map((s) => s.path) };
	});
	for (const path of all) if (path.includes(":") && !examples[path]) throw new Error(`tests/page/console_examples.mjs has nothing for ${path}`);
	return mine.map((path) => [examples[path] ? examples[path](ids) : path, path === "/" ? "home" : path.slice(1).replaceAll("/", "-").replaceAll(":", "")]);
}

async function see(lang, size) {
	const [width, height] = SIZES[size];
	await page.setViewportSize({ width, height });
	await page.evaluate(async (l) => { const base = await import("/lib/base.js"); if (base.lang() !== l) await base.setLang(l); }, lang);
	await still(page);
}

/** Both languages and widths of what stands there. */
async function everyLook(name) {
	for (const [lang, size] of LOOKS) {
		await see(lang, size);
		await looks.look(w, page, `${name}-${lang}-${SIZES[size][0]}`, lang);
	}
	await see("vi", 0);
}

/** The same of a question, which keeps the language in which it was asked. */
async function everyAsked(name, ask) {
	for (const lang of ["vi", "en"]) {
		await see(lang, 0);
		await ask();
		await page.locator("dialog[open]").waitFor();
		for (const size of SIZES.keys()) {
			await see(lang, size);
			await looks.look(w, page, `${name}-${lang}-${SIZES[size][0]}`, lang);
		}
		await page.keyboard.press("Escape");
		await page.locator("dialog").waitFor({ state: "detached" });
	}
	await see("vi", 0);
}

async function goTo(address) {
	await page.evaluate((a) => { location.hash = ""; location.hash = a; }, address);
	await still(page);
}

async function everyScreen(role, state) {
	for (const [address, name] of await addresses()) {
		await goTo(address);
		const key = state + await page.locator("main").innerHTML();
		if (before.has(key)) {
			alike += LOOKS.length;
			continue;
		}
		before.set(key, role);
		await everyLook(`${name}-${state}-${role}`);
	}
}

/** As this role: signed in, f, and away. */
async function as(centre, role, f) {
	page = await signedIn(w, centre, ROLES[role]);
	await page.evaluate(axe);
	await count(page);
	await f();
	await page.context().close();
}

/** Whatever is asked, but who is there, cannot be had. */
async function fail() {
	await page.route("**/api/*", (r) => r.fulfill({ status: 500, contentType: "application/problem+json",
		body: JSON.stringify({ key: "rc.io", detail: texts[/en/.test(r.request().headers()["accept-language"]) ? "en" : "vi"]["rc.io"], code: "io" }) }));
	await page.reload(); // the first screen had its answers before
	await page.locator("nav.menu").waitFor();
	await page.evaluate(axe);
	await count(page);
}

await test("a centre at work, and one that has just begun", async () => {
	await addStaff(empty);
	ids = await fillCentre(w, full);
});

await test("the door: signing in, a wrong passphrase", async () => {
	page = await openConsole(w, full);
	await page.evaluate(axe);
	await count(page);
	await everyLook("door");
	await page.locator("input[autocomplete=username]").fill("tham-tra");
	await page.locator("input[type=password]").fill("sai rồi");
	await page.locator("button[type=submit]").click();
	await page.getByRole("alert").first().waitFor();
	await everyLook("door-wrong");
	await page.context().close();
});

for (const role of Object.keys(ROLES)) {
	await test(`every screen, full: ${role}`, () => as(full, role, () => everyScreen(role, "full")));
	await test(`every screen, empty: ${role}`, () => as(empty, role, () => everyScreen(role, "empty")));
	await test(`every screen, when nothing can be had: ${role}`, () => as(full, role, async () => { await fail(); await everyScreen(role, "error"); }));
}

/** The form that stands there, sealed. */
async function seal() {
	await page.locator("form.card button[type=submit]").click();
	await page.locator("dialog [type=password]").fill(PASS);
	await page.locator("dialog [type=submit]").click();
	await page.locator("dialog").waitFor({ state: "detached" });
}

await test("what stands there only once it was made: a slip, an access token", () => as(full, "registrar", async () => {
	await goTo("/slip?scope=00004");
	await seal();
	await everyLook("slip-made");
	await goTo("/tokens");
	await page.locator("[name=name]").fill("Bảng của Kiểm toán");
	await page.locator("[name=account]").selectOption("kiem-toan");
	await seal();
	await everyLook("token-made");
}));

await test("the menu that was opened, a pair of duplicates, what is asked before a seal", () => as(full, "verifier", async () => {
	await see("vi", 1);
	await page.locator("nav.menu > button").click();
	await everyLook("menu-open");
	await goTo("/queue/twins?scope=00004");
	await everyLook("twins-pair");
	await goTo("/queue/values");
	await page.locator(".sides label").first().click();
	await everyAsked("values-asked", () => page.locator("main .actions button").first().click());
}));

await test("a week that is not frozen, and what is asked before it is", () => as(full, "reporter", async () => {
	await goTo(`/report/${week(0)}`);
	await everyLook("report-open");
	await everyAsked("report-freeze", () => page.locator("main .actions button").first().click());
}));

await test("screens", () => {
	console.log(`# ${looks.shown + alike} screens, ${looks.violations.length} violations (${alike} to the letter as of another role, axe ${looks.axes} times)`);
	looks.end();
});

await w.end();
