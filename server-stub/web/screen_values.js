// values: two people wrote different things: what stood before, what each wrote, who, when and why. Somebody of the centre who may
// decide takes one of the values or writes a third, with a reason; two corrections of one check likewise.
import { api, html, number, refresh, t, useApi, useId, useState } from "/lib/base.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { FormField, said } from "./form_fields.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { Place, QueueTabs, who } from "./queue_tabs.js";
import { sign } from "./sign.js";

export const path = "/queue/values";
export const title = "centre.queue.values";
export const needs = "conflicts";
export const menu = { icon: "choose", label: "centre.menu.queues", group: "work" };

const SIZE = 20;
const CHOSEN = new Set(["bool", "choice", "choices"]); // from what there is, not typed
const AS_TEXT = new Set(["decimal", "date", "datetime"]); // read as people write them

function typed(conflict, side) {
	return AS_TEXT.has(conflict.type) ? side.text : side.value ?? "";
}

function Sides({ name, sides, chosen, onChoose, may, children }) {
	return html`<fieldset class="sides"><legend class="visually-hidden">${name}</legend>${sides.map((s) => html`<label key=${s.entry}>
		${may && html`<input type="radio" name=${name} checked=${chosen === s.entry} onChange=${() => onChoose(s.entry)} />`}
		<span><strong>${s.text || t("page.form.nothing")}</strong><br /><span class="soft">${who(s)}</span></span></label>`)}${children}</fieldset>`;
}

/** "Tài sản công · Máy photocopy Ricoh", which leads to the record. */
function Title({ of }) {
	return html`<a href=${links.submission(of)}>${of.kind_label} · ${of.title}</a>`;
}

/** The field as its form has it; where a value is typed, as text, for a value is read as people write it. */
function fieldOf(form, conflict) {
	const field = form.sections.flatMap((s) => s.fields).find((f) => f.name === conflict.field);
	return field && CHOSEN.has(field.type) ? field : { name: conflict.field, type: "text", label: { vi: conflict.label } };
}

/** A value of a field in words. */
function inWords(field, value) {
	if (field.type === "bool") return t(value === "true" ? "view.yes" : "view.no");
	return [value].flat().map((v) => { const item = (field.list || []).find((x) => x.v === v); return item ? said(item) : v; }).join(", ");
}

/** Another value than theirs: chosen where the form has a list. onInput(value, in words). */
function Other({ record, conflict, value, onInput }) {
	return html`<${Answer} of=${useApi("form_show", { name: record.kind })}>${(form) => {
		const field = fieldOf(form, conflict);
		return html`<${FormField} field=${field} value=${value} onInput=${(v) => onInput(v, inWords(field, v))} />`;
	}}</${Answer}>`;
}

/** One field with several values. */
function Field({ record, conflict, me, first, onDone }) {
	const name = useId("v");
	const [chosen, setChosen] = useState(null); // an entry's id, or "other"
	const [other, setOther] = useState({ value: "", text: "" });
	const sides = [...conflict.mine, ...conflict.theirs];
	const may = me.may("resolve"), lacks = !chosen || (chosen === "other" && other.text.trim() === "");
	const decide = async () => {
		const side = sides.find((s) => s.entry === chosen);
		const value = side ? typed(conflict, side) : other.value;
		const done = await sign({
			title: t("centre.values.sign"), reason: true, action: t("page.decide.do"),
			what: html`<p>${record.kind_label} · ${record.title}</p><p>${conflict.label}: <strong>${side ? side.text || t("page.form.nothing") : other.text}</strong></p>`,
			run: (passphrase, say, reason) => api("resolve", { id: record.id, scope: record.scope, kind: record.kind, fields: { [conflict.field]: value }, seen: conflict.siblings.map((s) => s.entry), reason, passphrase }),
		});
		if (done) onDone();
	};
	return html`<section class="card"><h2><${Title} of=${record} />: ${conflict.label}</h2><p><${Place} of=${record} /></p>
		${conflict.base.length === 0 ? html`<p class="soft">${t("page.decide.nobase")}</p>`
			: conflict.base.map((s) => html`<p class="soft" key=${s.entry}>${t("page.decide.base")} <strong>${s.text || t("page.form.nothing")}</strong> (${who(s)})</p>`)}
		<${Sides} name=${`${name}-side`} sides=${sides} chosen=${chosen} onChoose=${setChosen} may=${may}>
			${may && html`<label><input type="radio" name=${`${name}-side`} checked=${chosen === "other"} onChange=${() => setChosen("other")} /><span>${t("page.decide.other")}</span></label>`}</${Sides}>
		${chosen === "other" && html`<${Other} record=${record} conflict=${conflict} value=${other.value} onInput=${(value, text) => setOther({ value, text })} />`}
		${may && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} disabled=${lacks} onClick=${decide}>${t("page.decide.do")}</button>
				${lacks && html`<span class="soft">${t(chosen ? "centre.values.other.first" : "centre.values.first")}</span>`}</div>
			<p class="soft">${t("page.decide.kept")}</p>`}</section>`;
}

function Retired({ record }) {
	return html`<section class="card"><h2><${Title} of=${record} /></h2><p><${Place} of=${record} /></p>
		<${Notice} kind="wait" title=${t("page.decide.retired")}>${record.retired.by.map((s) => html`<p key=${s.entry}>${s.text}: ${who(s)}</p>`)}
			${record.retired.edits.map((e) => html`<p key=${e.entry}>${e.fields.map((f) => `${f.label}: ${f.text}`).join("; ")} (${who(e)})</p>`)}</${Notice}></section>`;
}

/** Two corrections of one check: which one counts. */
function Corrections({ of, me, first, onDone }) {
	const name = useId("k");
	const [chosen, setChosen] = useState(null);
	const choose = async () => {
		const c = of.corrections.find((x) => x.id === chosen);
		const done = await sign({
			title: t("page.decide.corrections"), reason: true, action: t("page.decide.do"), what: html`<p>${of.kind_label} · ${of.title}</p><p>${who(c)}</p>`,
			run: (passphrase, say, reason) => api("choose", { id: chosen, scope: of.scope, kind: of.kind, reason, passphrase }),
		});
		if (done) onDone();
	};
	const sides = of.corrections.map((c) => ({ ...c, entry: c.id, text: c.reason || c.title, reason: "" }));
	return html`<section class="card"><h2><${Title} of=${of} />: ${t("page.decide.corrections")}</h2><p><${Place} of=${of} /></p>
		<${Sides} name=${name} sides=${sides} chosen=${chosen} onChoose=${setChosen} may=${me.may("choose")} />
		${me.may("choose") && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} disabled=${!chosen} onClick=${choose}>${t("page.decide.do")}</button>
			${!chosen && html`<span class="soft">${t("centre.values.first")}</span>`}</div>`}</section>`;
}

export function view({ query, me }) {
	const offset = Number(query.offset || 0);
	const of = useApi("conflicts", { offset, limit: SIZE });
	const [done, setDone] = useState(0);
	const onDone = () => { setDone((n) => n + 1); refresh(); };
	return html`<${QueueTabs} here="values" me=${me} /><p class="lead">${t("centre.values.lead")} ${t(me.may("resolve") ? "centre.values.lead.may" : "centre.values.lead.others")}</p>
		${done > 0 && html`<${Notice} kind="good"><p>${t("page.decide.done", { n: number(done) })}</p></${Notice}>`}
		<${Answer} of=${of}>${(data) => data.conflicts.length + data.corrections.length === 0
			? html`<section class="card"><${Empty}><p>${t("centre.values.none")}</p></${Empty}></section>`
			: html`${data.conflicts.map((r, i) => html`${r.fields.map((c, k) => html`<${Field} key=${r.id + c.field} record=${r} conflict=${c} me=${me} first=${i + k === 0} onDone=${onDone} />`)}
					${r.retired && html`<${Retired} key=${r.id} record=${r} />`}`)}
				${data.corrections.map((c, i) => html`<${Corrections} key=${c.id} of=${c} me=${me} first=${data.conflicts.length === 0 && i === 0} onDone=${onDone} />`)}
				<${Pager} total=${data.total} offset=${offset} size=${SIZE} to=${(o) => links.queue("values", { offset: o || undefined })} />`}</${Answer}>`;
}
