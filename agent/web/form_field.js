// form_field: one field of a form, drawn from its description (op form) and what the draft says of it (op
// draft_set). What is typed is kept as typed and handed over; what it means, whether it is right and how
// it is written properly comes back from the program.
import { html, t, useEffect, useId, useRef, useState } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { RefInput } from "./form_ref.js";
import { itemLabel, say } from "./form_text.js";

const RADIOS = 5;   // choices that are seen at once; more stand in a list
const LONG = 200;   // characters from which a text has several lines
const PAUSE_MS = 1200;

/** What stands in the place to type: as typed while it is not saved or nobody can read it, else as people write it. */
function shown(live) {
	return live.unsaved ?? live.typed ?? live.text ?? "";
}

/**
 * Text under the hands: kept when it is left or after a pause, and written properly by the program only once it is
 * left: whoever stops after a blank goes on after it.
 */
function useTyping(live, keep) {
	const [text, setText] = useState(shown(live));
	const dirty = useRef(false);
	const inside = useRef(false);
	const timer = useRef(0);
	useEffect(() => { if (!dirty.current && !inside.current) setText(shown(live)); }, [live.unsaved, live.typed, live.text]);
	useEffect(() => () => clearTimeout(timer.current), []);
	const send = (value, event) => {
		clearTimeout(timer.current);
		if (!dirty.current) return;
		dirty.current = false;
		keep(value, event);
	};
	const type = (value) => {
		setText(value);
		dirty.current = true;
		clearTimeout(timer.current);
		timer.current = setTimeout(() => send(value), PAUSE_MS);
	};
	const leave = (e) => {
		const value = e.currentTarget.value;
		const typed = dirty.current;
		inside.current = false;
		send(value, e);
		setText(typed ? value : shown(live));
	};
	const enter = () => { inside.current = true; };
	return { text, type, enter, leave, set: (value) => { setText(value); dirty.current = true; send(value); } };
}

function Line({ common, live, keep, kind }) {
	const typing = useTyping(live, keep);
	const mode = { int: "numeric", money: "numeric", decimal: "decimal", phone: "tel" }[kind];
	return html`<input type="text" autocomplete="off" inputmode=${mode} class=${mode && mode !== "tel" ? "num short" : undefined} ...${common}
		value=${typing.text} onInput=${(e) => typing.type(e.currentTarget.value)} onFocus=${typing.enter} onBlur=${typing.leave} />`;
}

function Long({ common, live, keep }) {
	const typing = useTyping(live, keep);
	return html`<textarea rows="3" ...${common} value=${typing.text} onInput=${(e) => typing.type(e.currentTarget.value)} onFocus=${typing.enter} onBlur=${typing.leave}></textarea>`;
}

/** "2026-11-20T08:30" of the browser's picker -> "20/11/2026 08:30"; only a format, its meaning is checked elsewhere. */
function fromPicker(value) {
	const [day, time] = value.split("T");
	return [day.split("-").reverse().join("/"), time].filter(Boolean).join(" ");
}

function Dated({ common, live, keep, kind, label }) {
	const typing = useTyping(live, keep);
	const picker = useRef(null);
	const open = () => { picker.current.value = live.value || ""; picker.current.showPicker(); };
	return html`<div class="with-button">
		<input type="text" autocomplete="off" inputmode="numeric" class="short" placeholder=${t(kind === "date" ? "page.form.date" : "page.form.datetime")}
			...${common} value=${typing.text} onInput=${(e) => typing.type(e.currentTarget.value)} onFocus=${typing.enter} onBlur=${typing.leave} />
		<button type="button" class="secondary outline auto" aria-label=${t("page.form.pick", { label })} onClick=${open}><${Icon} name="calendar" /></button>
		<input type=${kind === "date" ? "date" : "datetime-local"} class="picker" tabindex="-1" aria-hidden="true" ref=${picker}
			onChange=${(e) => e.currentTarget.value && typing.set(fromPicker(e.currentTarget.value))} />
	</div>`;
}

/** Several to choose from, all in sight. `many`: any number of them. */
function Seen({ common, options, value, many, keep, clear, name }) {
	const chosen = many ? value || [] : [value];
	const change = (v, on) => {
		if (!many) return keep(v);
		return keep(options.map((o) => o.v).filter((x) => (x === v ? on : chosen.includes(x))));
	};
	return html`<div class="seen">${options.map((o, i) => html`<label key=${o.v}>
			<input type=${many ? "checkbox" : "radio"} name=${common.id} id=${i === 0 ? common.id : undefined} data-field=${i === 0 ? name : undefined}
				aria-describedby=${common["aria-describedby"]} checked=${chosen.includes(o.v)}
				onChange=${(e) => change(o.v, e.currentTarget.checked)} />
			${o.label}</label>`)}
		${!many && value !== undefined && clear && html`<button type="button" class="secondary link" onClick=${() => keep("")}>${t("page.form.clear")}</button>`}
	</div>`;
}

function Listed({ common, options, value, keep }) {
	return html`<select ...${common} onChange=${(e) => keep(e.currentTarget.value)}>
		<option value="" selected=${value === undefined}>${t("page.form.choose")}</option>
		${options.map((o) => html`<option key=${o.v} value=${o.v} selected=${o.v === value}>${o.label}</option>`)}
	</select>`;
}

function YesNo({ live, keep, ...rest }) {
	const options = [{ v: "true", label: t("view.yes") }, { v: "false", label: t("view.no") }];
	return html`<${Seen} ...${rest} options=${options} value=${live.value === undefined ? undefined : String(live.value)}
		keep=${(v) => keep(v === "" ? "" : v === "true")} />`;
}

function Input({ field, live, keep, common, label }) {
	const options = (field.list || []).map((x) => ({ v: x.v, label: itemLabel(field, x.v) }));
	const seen = { common, options, name: field.name, clear: !live.required };
	switch (field.type) {
	case "bool": return html`<${YesNo} ...${seen} live=${live} keep=${keep} />`;
	case "choice": return options.length <= RADIOS
		? html`<${Seen} ...${seen} value=${live.value} keep=${keep} />`
		: html`<${Listed} common=${common} options=${options} value=${live.value} keep=${keep} />`;
	case "choices": return html`<${Seen} ...${seen} many value=${live.value} keep=${keep} />`;
	case "ref": return html`<${RefInput} common=${common} field=${field} live=${live} keep=${keep} />`;
	case "date": case "datetime": return html`<${Dated} common=${common} live=${live} keep=${keep} kind=${field.type} label=${label} />`;
	case "text": if ((field.maxlen || 0) > LONG) return html`<${Long} common=${common} live=${live} keep=${keep} />`;
	}
	return html`<${Line} common=${common} live=${live} keep=${keep} kind=${field.type} />`;
}

const BESIDE = 34;  // letters of all choices in sight that fit beside another field, the circle of each as 3 more
const NARROW = 100; // characters of a text that stands beside another field
const SHORT = new Set(["int", "money", "decimal", "date", "datetime", "code", "phone", "bool", "derived"]);

/** Does it take a whole row? */
function isWide(field) {
	if (field.type === "choice" && field.list.length <= RADIOS) return field.list.map((x) => say(x)).join("").length + 3 * field.list.length > BESIDE;
	if (field.type === "choice") return false;
	return !(SHORT.has(field.type) || (field.type === "text" && field.maxlen <= NARROW));
}

const GROUP = new Set(["bool", "choices"]);

function isGroup(field) {
	return GROUP.has(field.type) || (field.type === "choice" && field.list.length <= RADIOS);
}

/** Computed: nothing to type. */
function Computed({ field, live }) {
	const label = say(field.label), unit = say(field.unit);
	return html`<div class="field computed"><span class="label">${label}</span>
		<output class="num">${live.text === undefined ? t("page.form.unknown") : [live.text, unit].filter(Boolean).join(" ")}</output></div>`;
}

/** keep(value, event): the field is left with this value. flag: say what is missing, too. */
export function FormField({ field, live, keep, locked, flag }) {
	const id = useId("q");
	const label = say(field.label), hint = say(field.hint), unit = say(field.unit);
	if (!live || !live.applies || field.by === "program") return null;
	if (field.by === "computed") return html`<${Computed} field=${field} live=${live} />`;
	const wrong = live.error || (flag && live.missing);
	const described = [hint && `${id}-hint`, wrong && `${id}-wrong`, live.warnings && `${id}-warn`, live.old !== undefined && `${id}-old`]
		.filter(Boolean).join(" ") || undefined;
	const common = { id, "data-field": field.name, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined,
		"aria-required": live.required ? "true" : undefined, disabled: locked };
	const must = live.required && (unit ? t("page.form.unit_must", { unit }) : t("page.form.must"));
	const title = html`${label}${must ? html` <span class="must">${must}</span>` : unit && html` <span class="unit">(${unit})</span>`}`;
	const rest = html`${live.old !== undefined && html`<small class="old" id=${`${id}-old`}>${t("page.form.old", { value: live.old || t("page.form.nothing") })}</small>`}
		${wrong && html`<small class="wrong" id=${`${id}-wrong`} role="alert"><${Icon} name="stop" /> ${wrong}</small>`}
		${live.warnings && html`<small class="warned" id=${`${id}-warn`}><${Icon} name="warn" /> ${live.warnings.join(" ")}</small>`}`;
	const cls = isWide(field) ? "field wide" : "field";
	const hinted = hint && html`<small class="hint" id=${`${id}-hint`}>${hint}</small>`;
	const input = html`<${Input} field=${field} live=${live} keep=${keep} common=${common} label=${label} />`;
	return isGroup(field)
		? html`<fieldset class=${cls} data-of=${field.name}><legend>${title}</legend>${input}${hinted}${rest}</fieldset>`
		: html`<div class=${cls} data-of=${field.name}><label for=${id}>${title}</label>${input}${hinted}${rest}</div>`;
}

