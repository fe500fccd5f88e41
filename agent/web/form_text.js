// form_text: words of a form's definition ({vi, en}) in the language of the reader.
import { lang } from "/lib/base.js";

export function say(pair) {
	return pair ? pair[lang()] || pair.vi : "";
}

/** The same within a sentence: "Thêm dòng thiết bị"; what begins with an abbreviation stays so. */
export function sayWithin(pair) {
	const text = say(pair);
	return /^\p{Lu}\p{Ll}/u.test(text) ? text[0].toLowerCase() + text.slice(1) : text;
}

/** A list's item by value, as it is called. */
export function itemLabel(field, value) {
	const item = (field.list || []).find((x) => x.v === value);
	return item ? item[lang()] || item.vi : value;
}

/** All fields of a description, by name. */
export function fieldsOf(form) {
	return Object.fromEntries(form.sections.flatMap((s) => s.fields).map((f) => [f.name, f]));
}

/** Would a heading only repeat what the one field below it is called? */
export function saidBelow(heading, labels) {
	return labels.length === 1 && say(labels[0]) === say(heading);
}
