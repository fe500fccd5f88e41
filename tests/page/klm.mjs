// klm: a first-time user at work on a page, counted: screens seen, words on them, clicks, fields, keys; and how long a
// person needs for that by the keystroke-level model, which knows no clock. Constants in seconds: S. K. Card, T. P. Moran, A. Newell,
// "The keystroke-level model for user performance time with interactive systems", CACM 23 (7), 1980: K of the worst typist there
// ("unfamiliar with keyboard"), P to point, B a press and a release of the button, H a hand from the mouse to the keys, M to make up one's mind.
// Every line is read where it first stands, at 200 syllables a minute, which is what Vietnamese parts by blanks; read aloud they are 313
// (F. Pellegrino, C. Coupe, E. Marsico, "A cross-language perspective on speech information rate", Language 87, 2011).
// What the programs take is not in it.
const K = 1.20, P = 1.10, B = 0.20, H = 0.40, M = 1.35, WORD = 60 / 200;

/** Keys of a text by Telex: a letter with a mark and a tone is three, a capital has a Shift. */
export function telexKeys(text) {
	const letters = text.normalize("NFD").replace(/[đĐ]/g, (d) => (d === "đ" ? "dd" : "DD"));
	return [...letters].length + (letters.match(/\p{Lu}/gu) || []).length;
}

export class Novice {
	constructor(page) {
		this.page = page;
		this.count = { screens: 0, words: 0, clicks: 0, fields: 0, keys: 0 };
		this.seconds = 0;
		this.read = new Set();
	}

	/** Another screen: she reads all that stood on none before. */
	async reads() {
		const lines = (await this.page.locator("body").innerText()).split("\n").map((x) => x.trim()).filter((x) => !this.read.has(x));
		const words = lines.flatMap((x) => x.split(/\s+/)).filter((x) => /[\p{L}\d]/u.test(x)).length;
		lines.forEach((x) => this.read.add(x));
		if (process.env.KK_KLM) console.log(`# ${words} words: ${lines.join(" | ")}`);
		this.count.screens++;
		this.count.words += words;
		this.seconds += words * WORD;
	}

	/** Make up her mind, point, click. */
	async clicks(locator) {
		await locator.click();
		this.count.clicks++;
		this.seconds += M + P + B;
	}

	/** A field: point to it, a hand to the keys, its text, back to the mouse. */
	async types(locator, text) {
		await locator.click();
		await this.page.keyboard.type(text);
		const keys = telexKeys(text);
		this.count.clicks++;
		this.count.fields++;
		this.count.keys += keys;
		this.seconds += M + P + B + H + keys * K + H;
	}

	/** Something besides the page, that takes so long: s. */
	besides(s) {
		this.seconds += s;
	}
}
