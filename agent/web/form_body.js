// form_body: the sections of a form with their fields. `at`: the field to begin in. Enter goes on to the next
// place to type, as clerks expect of a spreadsheet.
import { html, useEffect, useRef } from "/lib/base.js";
import { FormField } from "./form_field.js";
import { saidBelow, say } from "./form_text.js";
import { nextField } from "./use_draft.js";

function goOn(e) {
	if (e.key !== "Enter" || e.target.tagName !== "INPUT" || e.target.type === "file") return;
	const all = [...e.currentTarget.querySelectorAll("[data-field]:not(:disabled)")];
	const next = all[all.indexOf(e.target) + 1];
	e.preventDefault();
	if (next) next.focus(); else e.target.blur();
}

/** The hands into a field of what is within that element, if it is asked for there. */
export function goToField(within, name) {
	const input = within.querySelector(`[data-field="${CSS.escape(name)}"]`);
	if (!input) return;
	input.focus();
	input.scrollIntoView({ block: "center" });
}

function isSeen(field, live, corrects) {
	return live && live.applies && field.by !== "program" && field.by !== "inner" && (field.by !== "correction" || corrects);
}

/**
 * fields: the live state by name. keep(name, value, focus): a field is left with a value, or (name undefined) only the
 * focus has moved. editing: what is written once is shut.
 * corrects: it takes the place of a submitted one.
 */
export function FormBody({ form, fields, keep, at, flag, editing, corrects }) {
	const ref = useRef(null);
	const told = useRef(at); // where the draft says that the person is
	const leave = (name, value, focus) => { told.current = focus; keep(name, value, focus); };
	const arrive = (e) => {
		const name = nextField({ relatedTarget: e.target });
		if (name && name !== told.current) leave(undefined, undefined, name);
	};
	useEffect(() => { if (at) goToField(ref.current, at); }, []); // once, when it appears: later the focus is the person's
	return html`<div ref=${ref} onKeyDown=${goOn} onfocusin=${arrive}>${form.sections.map((s) => {
		const seen = s.fields.filter((f) => isSeen(f, fields[f.name], corrects));
		return seen.length > 0 && html`<section class="card" key=${s.fields[0].name}>
			${s.label && !saidBelow(s.label, seen.map((f) => f.label)) && html`<h2>${say(s.label)}</h2>`}
			<div class="fields">${seen.map((f) => html`<${FormField} key=${f.name} field=${f} live=${fields[f.name]} flag=${flag}
				locked=${editing && f.by === "once" && fields[f.name].value !== undefined && fields[f.name].old === undefined}
				keep=${(value, e) => leave(f.name, value, nextField(e) || f.name)} />`)}</div>
		</section>`;
	})}</div>`;
}
