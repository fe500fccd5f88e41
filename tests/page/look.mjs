// look: what must hold of every screen of both pages, whatever it shows: nothing that is not for people, no text of the other language, one
// h1, at most one primary button, no text under 16 px, nothing wider than the window, axe finds nothing, the browser complains of nothing.
import { readFileSync } from "node:fs";
import { AXE, need } from "./harness.mjs";

export const SIZES = [[1366, 768], [390, 844]];
// A sanitizer looks at the program, not at the screens: there each language and each width once.
export const QUICK = Boolean(process.env.KK_SANITIZE);
export const axe = readFileSync(AXE, "utf8");
export const texts = Object.fromEntries(["vi", "en"].map((l) => [l, JSON.parse(readFileSync(new URL(`../../lib/lang/${l}.json`, import.meta.url), "utf8"))]));

/** Texts of the pages in one language that the other does not have: none may stand on its screens. */
function foreign(l) {
	const other = texts[l === "vi" ? "en" : "vi"];
	const own = new Set(Object.values(texts[l]));
	return Object.entries(other).filter(([k, v]) => /^(page|centre)\./.test(k) && k !== "page.lang.other" && !own.has(v) && v.length > 4 && !v.includes("{")).map(([, v]) => v);
}

const NEVER = [
	[/[a-z]+_[a-z]+/, "a code"], [/\bundefined\b/, "undefined"], [/\bNaN\b/, "NaN"], [/\[object/, "an object"],
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/, "a bare UUID"], [/\b\d{4}-\d\d-\d\d\b/, "an ISO date"], [/\{[a-z0-9_]+\}/, "an open place"],
];
const NEVER_VI = [[/\b(conflict|hash|feed|sync)\b/i, "a programmer's word"], [/chữ ký số/i, "what the seal is not"]];

/** What people read; commands: but for the commands that a screen of the centre gives to copy. */
async function words(page, commands) {
	const text = await page.locator("body").innerText();
	const given = commands ? await page.locator("code").allInnerTexts() : [];
	return given.reduce((rest, one) => rest.replace(one, ""), text);
}

/** Counts what was shown; violations are kept as words. */
export class Looks {
	constructor({ commands = false } = {}) {
		this.shown = 0;
		this.violations = [];
		this.commands = commands;
	}

	/** Look at what stands in the window now. */
	async look(w, page, name, lang) {
		const wrong = (what) => this.violations.push(`${name}: ${what}`);
		const text = await words(page, this.commands);
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
		this.shown++;
	}

	/** For the last test of a file: say all, and fail when there is one. */
	end() {
		for (const v of this.violations) console.log(`# ${v}`);
		console.log(`# ${this.shown} screens, ${this.violations.length} violations`);
		need("violations", this.violations.length, 0);
	}
}

/** Once nothing is asked any more and no screen waits. */
export async function settled(page) {
	await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy=true]"));
	await page.evaluate(() => document.fonts.ready);
}
