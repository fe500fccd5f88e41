// values: two people wrote different things: what stood before, what each wrote, who, when and why. Somebody of the centre who may
// decide takes one of the values or writes a third, with a reason; two corrections of one check likewise.
import { api, html, number, refresh, t, useApi, useId, useState } from "/lib/base.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { Place, QueueTabs, who } from "./queue_tabs.js";
import { sign } from "./sign.js";

export const path = "/queue/values";
export const title = "centre.queue.values";
export const needs = "conflicts";
export const menu = { icon: "choose", label: "centre.menu.queues", group: "work" };

const SIZE = 20;
const AS_TEXT = new Set(["decimal", "date", "datetime"]); // read as people write them

function typed(conflict, side) {
	return AS_TEXT.has(conflict.type) ? side.text : side.value ?? "";
}

function Sides({ name, sides, chosen, onChoose, may, children }) {
	return html`<fieldset class="sides"><legend class="visually-hidden">${name}</legend>${sides.map((s) => html`<label key=${s.entry}>
		${may && html`<input type="radio" name=${name} checked=${chosen === s.entry} onChange=${() => onChoose(s.entry)} />`}
		<span><strong>${s.text || t("page.form.nothing")}</strong><br /><span class="soft">${who(s)}</span></span></label>`)}${children}</fieldset>`;
}

/** One field with several values. */
function Field({ record, conflict, me, first, onDone }) {
	const name = useId("v");
	const [chosen, setChosen] = useState(null); // an entry's id, or "other"
	const [other, setOther] = useState("");
	const sides = [...conflict.mine, ...conflict.theirs];
	const may = me.may("resolve");
	const decide = async () => {
		const side = sides.find((s) => s.entry === chosen);
		const value = side ? typed(conflict, side) : other;
		const done = await sign({
			title: t("centre.values.sign"), reason: true, action: t("page.decide.do"),
			what: html`<p>${record.kind_label} · ${record.title}</p><p>${conflict.label}: <strong>${side ? side.text || t("page.form.nothing") : other}</strong></p>`,
			run: (passphrase, say, reason) => api("resolve", { id: record.id, scope: record.scope, kind: record.kind, fields: { [conflict.field]: value }, seen: conflict.siblings.map((s) => s.entry), reason, passphrase }),
		});
		if (done) onDone();
	};
	return html`<section class="card"><h2>${record.kind_label} · ${record.title}: ${conflict.label}</h2><p><${Place} of=${record} /></p>
		${conflict.base.length === 0 ? html`<p class="soft">${t("page.decide.nobase")}</p>`
			: conflict.base.map((s) => html`<p class="soft" key=${s.entry}>${t("page.decide.base")} <strong>${s.text || t("page.form.nothing")}</strong> (${who(s)})</p>`)}
		<${Sides} name=${`${name}-side`} sides=${sides} chosen=${chosen} onChoose=${setChosen} may=${may}>
			${may && html`<label><input type="radio" name=${`${name}-side`} checked=${chosen === "other"} onChange=${() => setChosen("other")} /><span>${t("page.decide.other")}</span></label>`}</${Sides}>
		${chosen === "other" && html`<div class="field"><label for=${`${name}-other`}>${conflict.label}</label><input id=${`${name}-other`} value=${other} onInput=${(e) => setOther(e.currentTarget.value)} /></div>`}
		${may && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} disabled=${!chosen || (chosen === "other" && other.trim() === "")} onClick=${decide}>${t("page.decide.do")}</button></div>
			<p class="soft">${t("page.decide.kept")}</p>`}</section>`;
}

function Retired({ record }) {
	return html`<section class="card"><h2>${record.kind_label} · ${record.title}</h2><p><${Place} of=${record} /></p>
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
	return html`<section class="card"><h2>${of.kind_label} · ${of.title}: ${t("page.decide.corrections")}</h2><p><${Place} of=${of} /></p>
		<${Sides} name=${name} sides=${sides} chosen=${chosen} onChoose=${setChosen} may=${me.may("choose")} />
		${me.may("choose") && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} disabled=${!chosen} onClick=${choose}>${t("page.decide.do")}</button></div>`}</section>`;
}

export function view({ query, me }) {
	const offset = Number(query.offset || 0);
	const of = useApi("conflicts", { offset, limit: SIZE });
	const [done, setDone] = useState(0);
	const onDone = () => { setDone((n) => n + 1); refresh(); };
	return html`<${QueueTabs} here="values" me=${me} />
		${done > 0 && html`<${Notice} kind="good"><p>${t("page.decide.done", { n: number(done) })}</p></${Notice}>`}
		<${Answer} of=${of}>${(data) => data.conflicts.length + data.corrections.length === 0
			? html`<section class="card"><${Empty}><p>${t("page.decide.none")}</p></${Empty}></section>`
			: html`${data.conflicts.map((r, i) => html`${r.fields.map((c, k) => html`<${Field} key=${r.id + c.field} record=${r} conflict=${c} me=${me} first=${i + k === 0} onDone=${onDone} />`)}
					${r.retired && html`<${Retired} key=${r.id} record=${r} />`}`)}
				${data.corrections.map((c, i) => html`<${Corrections} key=${c.id} of=${c} me=${me} first=${data.conflicts.length === 0 && i === 0} onDone=${onDone} />`)}
				<${Pager} total=${data.total} offset=${offset} size=${SIZE} to=${(o) => links.queue("values", { offset: o || undefined })} />`}</${Answer}>`;
}
