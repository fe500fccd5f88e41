// form_fields: a form's fields as they are drawn from `form_show`: to be looked at (as a clerk will see them), or to be filled in. What
// is right in them is the program's to say; nothing of it is known here.
import { html, lang as here, t, useId } from "/lib/base.js";

/** {vi, en} in that language. */
export const said = (words, lang = here()) => (words ? words[lang] || words.vi : "");

/** What the program or a correction fills in is not shown. */
export const shown = (field) => !["program", "correction", "inner"].includes(field.by);

function Input({ field, lang, id, value, onInput, wrong }) {
	const common = { id, name: field.name, disabled: !onInput, "aria-describedby": wrong ? `${id}-hint ${id}-wrong` : `${id}-hint`, "aria-invalid": wrong ? "true" : undefined, onInput: (e) => onInput && onInput(e.currentTarget.value) };
	if (field.type === "choice") {
		return html`<select ...${common}><option value="">${t("centre.forms.choose")}</option>
			${field.list.map((x) => html`<option key=${x.v} value=${x.v} selected=${x.v === value}>${said(x, lang)}</option>`)}</select>`;
	}
	if (field.type === "bool") {
		return html`<select ...${common}><option value="">${t("centre.forms.choose")}</option>
			${onInput && [["true", "view.yes"], ["false", "view.no"]].map(([v, key]) => html`<option key=${v} value=${v} selected=${v === value}>${t(key)}</option>`)}</select>`;
	}
	return html`<input type="text" autocomplete="off" ...${common} value=${value || ""} />`;
}

/** The values chosen once one more is, or is not any more, in the order of the list. */
const among = (field, values, v, on) => field.list.map((x) => x.v).filter((x) => (x === v ? on : values.includes(x)));

/** onInput(value): it can be filled in; absent: only looked at. lang: of the words, absent: the page's. more: what else to say of it. wrong: what is wrong with what was typed. */
export function FormField({ field, lang, value, onInput, more, wrong }) {
	const id = useId("form");
	const hint = [said(field.hint, lang), said(field.unit, lang) && t("centre.forms.unit", { unit: said(field.unit, lang) }), !onInput && field.conditional && t("centre.forms.conditional"),
		field.by === "computed" && t("centre.forms.computed"), more].filter(Boolean).join(" · ");
	const label = said(field.label, lang) + (field.required ? " *" : "");
	const below = html`<small class="hint" id=${`${id}-hint`} hidden=${!hint}>${hint}</small>`;
	if (field.type === "choices") {
		return html`<fieldset lang=${lang} aria-describedby=${`${id}-hint`}><legend><strong>${label}</strong></legend>${below}
			${field.list.map((x) => html`<div key=${x.v}><label class="tick whole"><input type="checkbox" disabled=${!onInput} checked=${(value || []).includes(x.v)}
				onChange=${(e) => onInput(among(field, value || [], x.v, e.currentTarget.checked))} />${said(x, lang)}</label></div>`)}</fieldset>`;
	}
	return html`<div class="field" lang=${lang}><label for=${id}>${label}</label>${below}
		<${Input} field=${field} lang=${lang} id=${id} value=${value} onInput=${onInput} wrong=${wrong} />
		${wrong && html`<small class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</small>`}</div>`;
}

/** A form and the kinds of its lines, to be looked at. */
export function Preview({ form, lang }) {
	return html`${form.sections.map((s, i) => html`<section class="card" key=${i}>${s.label && html`<h2 lang=${lang}>${said(s.label, lang)}</h2>`}
			${s.fields.filter(shown).map((f) => html`<${FormField} key=${f.name} field=${f} lang=${lang} />`)}</section>`)}
		${form.children.filter((c) => c.kind !== "photo").map((c) => html`<section class="card" key=${c.kind}><h2 lang=${lang}>${t("centre.forms.lines", { label: said(c.label, lang) })}</h2>
			${c.sections.flatMap((s) => s.fields).filter(shown).map((f) => html`<${FormField} key=${f.name} field=${f} lang=${lang} />`)}</section>`)}
		${form.children.some((c) => c.kind === "photo") && html`<p class="soft">${t("centre.forms.photos")}</p>`}`;
}
