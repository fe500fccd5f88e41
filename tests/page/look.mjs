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

const FOREIGN = { vi: foreign("vi"), en: foreign("en") };

const NEVER = [
	[/[a-z]+_[a-z]+/, "a code"], [/\bundefined\b/, "undefined"], [/\bNaN\b/, "NaN"], [/\[object/, "an object"],
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/, "a bare UUID"], [/\b\d{4}-\d\d-\d\d\b/, "an ISO date"], [/\{[a-z0-9_]+\}/, "an open place"],
];
const NEVER_VI = [[/\b(conflict|hash|feed|sync)\b/i, "a programmer's word"], [/chữ ký số/i, "what the seal is not"]];

/**
 * In the page: what people read, without the codes of `commands` (those that a screen of the centre gives to copy), and what can be
 * counted; bones: how it is built, without its words and with rows that are alike once, for axe sees no more in what is built the same.
 */
function measure(commands) {
	const shown = (e) => e.checkVisibility();
	const given = commands ? [...document.querySelectorAll("code")].filter(shown).map((e) => e.innerText) : [];
	const ids = new Map(); // in the order in which they are met: which of them are one, matters
	const idOf = (id) => { if (!ids.has(id)) ids.set(id, ids.size); return ids.get(id); };
	const bone = (e) => {
		const own = [...e.attributes].filter((a) => !["d", "href", "src", "value", "cx", "cy", "x", "y", "width"].includes(a.name))
			.map((a) => (/^(aria-label|lang|alt|title|placeholder|download|key)$/.test(a.name) ? `${a.name}${a.value ? "" : "="}`
				: /^(id|for|aria-(labelledby|describedby|controls))$/.test(a.name) ? `${a.name}=${a.value.split(" ").map(idOf)}` : `${a.name}=${a.value}`));
		const inner = [...e.childNodes].map((n) => (n.nodeType === 1 ? bone(n) : n.nodeType === 3 && n.data.trim() ? "." : "")).filter((x, i, all) => x && x !== all[i - 1]);
		return `<${e.localName} ${own.join(" ")}${e.hidden ? " hidden" : ""}>${inner.join("")}`;
	};
	const asked = document.querySelector("dialog[open]"); // what stands behind a question cannot be pressed
	const primary = [...(asked || document).querySelectorAll("button:not(.secondary):not(.close), a[role=button]:not(.secondary)")]
		.filter((e) => shown(e) && e.getClientRects().length > 0 && !e.closest(".top, .choices, dialog:not([open])"));
	const small = [...document.querySelectorAll("body *")].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && shown(e)
		&& parseFloat(getComputedStyle(e).fontSize) < 16 && !e.closest(".visually-hidden"));
	return {
		text: given.reduce((rest, one) => rest.replace(one, ""), document.body.innerText), headings: document.querySelectorAll("h1").length, primary: primary.length,
		early: [...document.querySelectorAll(".draft-head")].some((e) => e.previousElementSibling && !e.previousElementSibling.matches("h1, .notice")),
		wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, small: small.map((e) => e.className || e.tagName)[0], bones: bone(document.body),
	};
}

async function axeFinds(page) {
	return page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ["violations"] })).violations
		.map((v) => `${v.id} (${v.nodes.map((n) => n.target.join(" ")).join(", ")})`));
}

/** Counts what was shown; violations are kept as words. once: axe looks at what is built the same, in a width, but once. */
export class Looks {
	constructor({ commands = false, once = false } = {}) {
		this.shown = 0;
		this.axes = 0;
		this.violations = [];
		this.commands = commands;
		this.seen = once ? new Set() : null;
	}

	/** Has axe seen what is built like this, in this width? From now on, yes. */
	known(page, bones) {
		const key = `${page.viewportSize().width} ${bones}`;
		if (!this.seen) return false;
		if (this.seen.has(key)) return true;
		this.seen.add(key);
		return false;
	}

	/** Look at what stands in the window now. */
	async look(w, page, name, lang) {
		const wrong = (what) => this.violations.push(`${name}: ${what}`);
		const { text, headings, primary, early, wide, small, bones } = await page.evaluate(measure, this.commands);
		for (const [pattern, what] of [...NEVER, ...(lang === "vi" ? NEVER_VI : [])]) {
			const m = pattern.exec(text);
			if (m) wrong(`${what}: "${text.slice(Math.max(0, m.index - 30), m.index + 40).replaceAll("\n", " ")}"`);
		}
		const lines = new Set(text.split("\n").map((line) => line.trim()));
		for (const s of FOREIGN[lang]) if (lines.has(s)) wrong(`a text of the other language: "${s}"`);
		need(`${name}: headings`, headings, 1);
		if (primary > 1) wrong(`${primary} primary buttons`);
		if (early) wrong("something stands before the head");
		if (wide > 0) wrong(`${wide} px wider than the window`);
		if (small) wrong(`a text smaller than 16 px: ${small}`);
		if (!this.known(page, bones)) {
			this.axes++;
			(await axeFinds(page)).forEach(wrong);
		}
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

/** From now on this window counts what it asks for, so that still() knows when it has all answers. */
export async function count(page) {
	await page.evaluate(() => {
		const ask = globalThis.fetch;
		globalThis.asking = 0;
		globalThis.fetch = (...how) => {
			globalThis.asking++;
			return ask(...how).finally(() => { globalThis.asking--; });
		};
	});
}

/** Once nothing is asked any more, also nothing whose old answer still stands there (another language), for three frames. */
export async function still(page) {
	await page.evaluate(async () => {
		const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
		for (let idle = 0; idle < 3; idle++) {
			await frame();
			if (globalThis.asking > 0 || document.querySelector("[aria-busy=true]") || !document.querySelector("h1")) idle = -1;
		}
	});
}
