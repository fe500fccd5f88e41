// record_parts: a sealed record on its page: values, lines, history, and what proves that it has arrived.
import { api, html, moment, number, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Failure, Notice } from "/lib/notice.js";
import { saidBelow, say } from "./form_text.js";
import * as links from "./links.js";

const BESIDE = 40; // letters of a value that stands beside another
const HIDDEN = new Set(["children", "supersedes", "same_as"]); // said in other ways

/** One word for where a record is: with whom, and whether that is well. back: it was returned, and is to be corrected. */
export function recordState(record, back) {
	if (record.refused > 0) return { kind: "bad", word: t("page.record.refused") };
	if (record.quarantined > 0) return { kind: "wait", word: t("page.record.held") };
	if (record.unsent > 0) return { kind: "wait", word: t("page.record.unsent") };
	if (back) return { kind: "bad", word: t("page.record.returned") };
	return { kind: "good", word: t("page.record.received") };
}

/** What the centre said of it. go: to a field that is spoken of, where it can be gone to. */
export function Reviews({ reviews, go }) {
	const name = (c) => (go ? html`<button type="button" class="secondary link" onClick=${() => go(c.field)}>${c.label}</button>` : html`<strong>${c.label}</strong>`);
	return reviews.map((r) => html`<${Notice} key=${r.id} kind=${r.fields.state.value === "approved" ? "good" : "bad"} title=${r.fields.state.text}>
		${r.fields.reason && html`<p>${r.fields.reason.text}</p>`}
		${r.comments.map((c) => html`<p key=${c.field + c.text}>${c.label && html`${name(c)}: `}${c.text}</p>`)}</${Notice}>`);
}

function Value({ name, field }) {
	return html`<div key=${name} class=${String(field.text).length > BESIDE ? "wide" : undefined}><dt>${field.label}</dt><dd>${field.erased ? t("page.record.erased") : field.text} ${field.text && (field.unit || "")}
		${field.conflict && html`<${Badge} kind="wait" icon="choose">${t("page.record.two")}</${Badge}>`}</dd></div>`;
}

/** fields as op show gives them, under the headings of the form. */
export function RecordValues({ fields, form, parent }) {
	const inner = new Set(form.sections.flatMap((s) => s.fields.filter((f) => f.by === "inner").map((f) => f.name)));
	const seen = (name) => fields[name] && !inner.has(name) && (fields[name].text !== "" || fields[name].conflict) && !HIDDEN.has(name) && name !== parent && fields[name].type !== "blob";
	const known = new Set(form.sections.flatMap((s) => s.fields.map((f) => f.name)));
	const rest = Object.keys(fields).filter((n) => !known.has(n) && n !== "reason" && seen(n));
	return html`${form.sections.map((s) => {
		const names = s.fields.map((f) => f.name).filter(seen);
		const heading = s.label && !saidBelow(s.label, s.fields.filter((f) => seen(f.name)).map((f) => f.label));
		return names.length > 0 && html`<section key=${s.fields[0].name}>${heading && html`<h3>${say(s.label)}</h3>`}
			<dl class="values">${names.map((n) => html`<${Value} key=${n} name=${n} field=${fields[n]} />`)}</dl></section>`;
	})}${rest.length > 0 && html`<dl class="values">${rest.map((n) => html`<${Value} key=${n} name=${n} field=${fields[n]} />`)}</dl>`}`;
}

/** What a check of the stored bytes found, said in words. */
function Verdict({ found }) {
	if (!found.ok) {
		return html`<${Notice} kind="bad" title=${t("page.verify.bad")}>${found.failures.map((f) => html`<p key=${f.id + f.key}>${f.text}</p>`)}</${Notice}>`;
	}
	return html`<${Notice} kind="good" title=${t("page.verify.good")}><p>${t("page.verify.seals", { n: found.signatures })}</p>
		<p>${found.receipts > 0 ? t("page.verify.receipts", { n: found.receipts }) : t("page.verify.noreceipt")}</p></${Notice}>`;
}

/** "Trung tâm đã nhận lúc …, số … trong sổ", and the proof on the spot. */
export function Receipt({ record, changes, now }) {
	const [found, setFound] = useState(null);
	const [error, setError] = useState(null);
	const last = changes.filter((c) => c.index !== null && c.index !== undefined).pop();
	const check = async () => {
		setError(null);
		try { setFound(await api("verify_record", { id: record.id })); } catch (e) { setError(e); }
	};
	return html`<section class="card receipt"><h2>${t("page.arrived.title")}</h2>
		${last
			? html`<p class="big"><${Icon} name="done" /> ${last.interval[1]
				? t("page.arrived.line", { at: moment(last.interval[1], now), no: number(last.index) })
				: t("page.arrived.line.short", { no: number(last.index) })}</p>`
			: html`<p class="big soft"><${Icon} name="clock" /> ${t("page.arrived.none")}</p>`}
		${error && html`<${Failure} error=${error} />`}${found && html`<${Verdict} found=${found} />`}
		<div class="actions"><button class="secondary outline" onClick=${check}><${Icon} name="check" /> ${t("page.arrived.verify")}</button>
			${last && html`<a role="button" class="secondary outline" href=${links.receipt(record.id)}><${Icon} name="paper" /> ${t("page.arrived.open")}</a>`}</div>
	</section>`;
}

/** The changes of one entry together, newest first. */
function byEntry(changes) {
	const all = [];
	for (const c of changes) {
		if (c.field === "children") continue;
		if (all.length === 0 || all[all.length - 1].entry !== c.entry) all.push({ ...c, fields: [] });
		all[all.length - 1].fields.push(c);
	}
	return all.reverse();
}

function Seal({ entry }) {
	return entry.verdict === ""
		? html`<${Badge} kind="good">${t("page.history.valid")}</${Badge}>`
		: html`<${Badge} kind="bad">${t("page.history.invalid")}</${Badge}>`;
}

const FEW = 5; // changes that are shown at once

function Changed({ fields }) {
	return html`<ul>${fields.map((c) => html`<li key=${c.field}>${c.label}: ${c.old.length > 0 &&
		html`<span class="soft">${c.old.map((o) => o.text || t("page.form.nothing")).join(" / ")}</span> → `}<strong>${c.new_text || t("page.form.nothing")}</strong></li>`)}</ul>`;
}

/** Who wrote what, from which value to which, and why. */
export function History({ id }) {
	const history = useApi("history", { id });
	return html`<section class="card"><h2>${t("page.history.title")}</h2><${Answer} of=${history}>${(data) => {
		const entries = byEntry(data.changes);
		if (entries.length === 0) return html`<${Empty}><p>${t("page.history.none")}</p></${Empty}>`;
		return html`<ol class="history">${entries.map((e) => html`<li key=${e.entry}>
			<p><strong>${e.who || t("history.unknown")}</strong> · ${e.at_text} <${Seal} entry=${e} /></p>
			${e.reason && html`<p>${t("page.history.why", { reason: e.reason })}</p>`}
			${e.why && html`<p class="soft">${e.why}</p>`}${e.flags.map((f) => html`<p class="soft" key=${f.flag}>${f.text}</p>`)}
			${e.fields.length <= FEW
				? html`<${Changed} fields=${e.fields} />`
				: html`<details><summary>${t("page.history.fields", { n: e.fields.length })}</summary><${Changed} fields=${e.fields} /></details>`}</li>`)}</ol>`;
	}}</${Answer}></section>`;
}
