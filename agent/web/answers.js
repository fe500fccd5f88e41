// answers: what an operation that writes (record, count, surplus …) said, sorted for a form; and the words of a form
// in the language of the page.
import { lang } from "/lib/base.js";

/** {fields: {NAME: text}, rest: [text]} of an answer that was not saved. */
export function wrongs(answer) {
	const fields = {}, rest = [];
	for (const e of answer.records.flatMap((r) => r.errors)) {
		if (e.field && !fields[e.field]) fields[e.field] = e.text;
		else rest.push(e.label ? `${e.label}: ${e.text}` : e.text);
	}
	return { fields, rest };
}

/** A pair {vi, en} as text. */
export function say(pair) {
	return pair && (lang() === "en" ? pair.en : pair.vi);
}

/** The fields of a form (answer of `form`, or one of its children) by name: {label, hint, required, options}. */
export function wordsOf(form) {
	return Object.fromEntries(form.sections.flatMap((s) => s.fields).map((f) => [f.name, {
		label: say(f.label), hint: say(f.hint), required: f.required === true,
		options: f.list && f.list.map((i) => ({ value: i.v, label: say(i) })),
	}]));
}

/** The kind of lines of that name within a form. */
export function childOf(form, kind) {
	return form.children.find((c) => c.kind === kind);
}
