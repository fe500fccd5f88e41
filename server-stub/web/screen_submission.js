// submission: one record received: whether its seals hold (its bytes are opened again with each look), what it says and what has changed
// since the check before, who sealed it and when, its receipt, what was decided about it; and the decision of whoever may decide.
import { date, html, refresh, t, time, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { Photo } from "/lib/photo.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { Decide } from "./decide.js";
import { GiveTask, Task } from "./task_parts.js";
import { author, lastList, Seal, spoken, State, titleOf, Wrong } from "./submission_parts.js";

export const path = "/submission/:scope/:id";
export const title = "centre.submission.title";
export const within = "/submissions";
export const needs = "show";
export const wide = true;

const HIDDEN = new Set(["children", "supersedes", "same_as", "task"]);

function Row({ label, children }) {
	return html`<div><dt>${label}</dt><dd>${children}</dd></div>`;
}

function interval(made) {
	const [from, to] = made.interval || [];
	const at = (s) => `${date(s)} ${time(s)}`;
	if (from && to) return t("centre.submission.between", { from: at(from), to: at(to) });
	return from ? t("centre.submission.after", { from: at(from) }) : t("centre.submission.before", { to: to ? at(to) : "—" });
}

function Standing({ of, unit }) {
	return html`<section class="card" aria-labelledby="standing"><h2 id="standing">${t("centre.submission.standing")}</h2><${Wrong} of=${of} /><dl class="values">
		<${Row} label=${t("centre.submissions.state")}><${State} of=${of} />${of.locked && html` <${Badge} kind="info" icon="lock">${t("centre.submission.locked")}</${Badge}>`}</${Row}>
		<${Row} label=${t("centre.submissions.sealed")}><${Seal} of=${of} /></${Row}>
		<${Row} label=${t("centre.submissions.unit")}><a href=${links.unit(unit)}>${of.unit ? `${of.unit} (${unit})` : unit}</a></${Row}>
		<${Row} label=${t("centre.submissions.who")}>${author(of)}</${Row}>
		${of.device && html`<${Row} label=${t("centre.submission.device")}>${of.device}</${Row}>`}
		${of.custody && html`<${Row} label=${t("centre.me.custody")}>${t("centre.submission.custody." + of.custody)}</${Row}>`}
		<${Row} label=${t("centre.submission.fingerprint")}>${of.fingerprint}</${Row}>
		${of.made && html`<${Row} label=${t("centre.submission.made")}>${of.made.at_text}<br /><span class="soft">${interval(of.made)}</span></${Row}>`}
		<${Row} label=${t("centre.submissions.received")}>${date(of.received_at)} ${time(of.received_at)} · ${t("centre.submissions.no", { n: of.index })}</${Row}>
		${!of.complete && html`<${Row} label=${t("centre.submission.lines")}>${t("submissions.receiving", { present: of.present, children: of.children })}</${Row}>`}
	</dl>${(of.made ? of.made.flags : []).map((f) => html`<p class="soft" key=${f.flag}>${f.text}</p>`)}
		${of.findings.map((f) => html`<${Notice} key=${f.field + f.text} kind="wait"><p>${f.label}: ${f.text}</p></${Notice}>`)}</section>`;
}

/** of: the record whose line they are of, which needs not be named with each. */
function Values({ fields, of }) {
	const seen = Object.entries(fields).filter(([n, f]) => !HIDDEN.has(n) && f.type !== "blob" && f.value !== of && (f.text !== "" || f.conflict));
	return html`<dl class="values">${seen.map(([n, f]) => html`<${Row} key=${n} label=${f.label}>${f.erased ? t("page.record.erased") : spoken(f.text)} ${f.text && (f.unit || "")}
		${f.conflict && html` <${Badge} kind="wait" icon="choose">${t("page.record.two")}</${Badge}>`}</${Row}>`)}</dl>`;
}

/** Each field, and beside it what the check before said. */
function Beside({ fields, before }) {
	const said = (f) => (f ? [spoken(f.text), f.text && f.unit].filter(Boolean).join(" ") : "");
	const names = [...new Set([...Object.keys(fields), ...Object.keys(before)])].filter((n) => !HIDDEN.has(n) && (fields[n] || before[n]).type !== "blob");
	const rows = names.map((n) => ({ n, f: fields[n], now: said(fields[n]), then: said(before[n]), label: (fields[n] || before[n]).label })).filter((r) => r.now || r.then || (r.f && r.f.conflict));
	return html`<${Table} caption=${t("centre.submission.beside")} rows=${rows} rowKey=${(r) => r.n} columns=${[
		{ label: t("centre.submission.field"), look: "name", key: "label" },
		{ label: t("centre.submission.old"), cell: (r) => r.then || html`<span class="soft">${t("page.form.nothing")}</span>` },
		{ label: t("centre.submission.new"), cell: (r) => html`${r.now === r.then ? r.now : html`<strong>${(r.f && r.f.erased && t("page.record.erased")) || r.now || t("page.form.nothing")}</strong>`}
			${r.f && r.f.conflict && html` <${Badge} kind="wait" icon="choose">${t("page.record.two")}</${Badge}>`}` },
	]} />`;
}

const filesOf = (of) => Object.values(of.fields).filter((f) => f.file);

/** A file: shown when it is here and its bytes are what was sealed; else the PCs of the commune are asked for it. */
function File({ f, caption, scope, children }) {
	const good = f.file.here && f.file.sound;
	const badge = good ? { kind: "good", text: t("centre.submission.file.here") } : f.file.here ? { kind: "bad", text: t("centre.submission.file.broken") }
		: { kind: "wait", text: t("centre.submission.file.lacking") };
	return html`<${Photo} src=${good && links.photo({ sha256: f.value.sha256, scope })} image=${f.value} badge=${badge} caption=${caption}>${children}</${Photo}>`;
}

/** The files of a record or line itself, and those attached to it, each with what is said of it. */
function Files({ of, attached, scope }) {
	const asked = [of, ...attached].some((l) => filesOf(l).some((f) => !f.file.sound));
	return html`<div class="photos">${filesOf(of).map((f) => html`<${File} key=${f.label} f=${f} caption=${f.label} scope=${scope} />`)}
		${attached.map((l) => filesOf(l).map((f) => html`<${File} key=${l.id + f.label} f=${f} caption=${l.fields.caption && l.fields.caption.text} scope=${scope}>
			<${Values} fields=${{ ...l.fields, caption: { text: "" } }} of=${of.id} /></${File}>`))}</div>
		${asked && html`<p class="soft">${t("centre.submission.file.asked")}</p>`}`;
}

function Content({ record }) {
	const attachedTo = (l) => l.fields.attached_to && l.fields.attached_to.value;
	const own = record.lines.filter((l) => !attachedTo(l));
	const under = (of) => record.lines.filter((l) => attachedTo(l) === of.id);
	const known = new Set(own.map((l) => l.id));
	const mine = record.lines.filter((l) => attachedTo(l) && !known.has(attachedTo(l)));
	const n = [record, ...mine].reduce((sum, l) => sum + filesOf(l).length, 0);
	return html`<section class="card" aria-labelledby="content"><h2 id="content">${t("centre.submission.says")}</h2>
			${record.previous ? html`<${Beside} fields=${record.fields} before=${record.previous.fields} />` : html`<${Values} fields=${record.fields} />`}</section>
		${own.map((l) => html`<section class="card" key=${l.id}><h2>${l.kind_label}${l.title && ` · ${l.title}`}</h2><${Values} fields=${l.fields} of=${record.id} />
			<${Files} of=${l} attached=${under(l)} scope=${record.scope} /></section>`)}
		${n > 0 && html`<section class="card" aria-labelledby="photos"><h2 id="photos">${t("page.photo.title", { n })}</h2><${Files} of=${record} attached=${mine} scope=${record.scope} /></section>`}`;
}

function Changed({ record }) {
	if (!record.previous) return null;
	const lead = t(record.previous.corrected ? "centre.submission.corrects" : "centre.submission.since");
	return html`<section class="card"><h2 id="changed">${t("centre.submission.changed")}</h2>
		<p class="soft">${lead} <a href=${links.submission({ ...record.previous, scope: record.scope, kind: record.kind })}>${titleOf(record.previous) || t("centre.submission.open")}</a></p>
		${record.changed.length === 0 ? html`<p>${t("centre.submission.same")}</p>` : html`<${Table} caption=${t("centre.submission.changed")} rows=${record.changed} rowKey=${(c) => c.line + c.field} columns=${[
			{ label: t("centre.submission.field"), look: "name", cell: (c) => [c.line, c.label].filter(Boolean).join(": ") },
			{ label: t("centre.submission.old"), cell: (c) => spoken(c.old) || t("page.form.nothing") },
			{ label: t("centre.submission.new"), cell: (c) => html`<strong>${spoken(c.new) || t("page.form.nothing")}</strong>` },
		]} />`}</section>`;
}

function Reviews({ record }) {
	if (record.reviews.length === 0) return null;
	return html`<section class="card" aria-labelledby="reviews"><h2 id="reviews">${t("centre.submission.reviews")}</h2><ol class="history">${record.reviews.map((r) => html`<li key=${r.id}>
		<p><strong>${r.state_label}</strong> · ${r.level_label} · ${[r.who, r.who_title].filter(Boolean).join(", ")} · ${date(r.at)} ${time(r.at)} <${Seal} of=${r} /></p>
		${r.reason && html`<p>${t("page.history.why", { reason: r.reason })}</p>`}
		${r.comments.length > 0 && html`<ul>${r.comments.map((c) => html`<li key=${c.field + c.text}>${c.label || c.field}: ${c.text}</li>`)}</ul>`}</li>`)}</ol></section>`;
}

function Proof({ receipt }) {
	if (!receipt) return null;
	return html`<section class="card" aria-labelledby="proof"><h2 id="proof">${t("page.arrived.title")}</h2><dl class="values">
		<${Row} label=${t("centre.submission.place")}>${t("centre.submission.place.of", { n: receipt.leaf_index, size: receipt.size })}</${Row}>
		<${Row} label=${t("centre.submission.checkpoint")}>${date(receipt.checkpoint_at)} ${time(receipt.checkpoint_at)}</${Row}></dl>
		<details><summary>${t("centre.submission.path", { n: receipt.nodes.length })}</summary><p class="soft"><code>${receipt.leaf_hash}</code></p>
			<ol>${receipt.nodes.map((h) => html`<li key=${h}><code>${h}</code></li>`)}</ol><p class="soft"><code>${receipt.root}</code></p></details></section>`;
}

function History({ changes }) {
	const entries = [...new Set(changes.map((c) => c.entry))].map((id) => changes.filter((c) => c.entry === id)).reverse();
	return html`<section class="card" aria-labelledby="history"><h2 id="history">${t("page.history.title")}</h2><ol class="history">${entries.map((fields) => html`<li key=${fields[0].entry}>
		<p><strong>${fields[0].who || t("history.unknown")}</strong> · ${fields[0].at_text} · ${t("centre.submissions.no", { n: fields[0].index })}</p>
		${fields[0].reason && html`<p>${t("page.history.why", { reason: fields[0].reason })}</p>`}
		<details><summary>${t("page.history.fields", { n: fields.length })}</summary><ul>${fields.map((c) => html`<li key=${c.field}>${c.label}: <strong>${spoken(c.new_text) || t("page.form.nothing")}</strong></li>`)}</ul></details></li>`)}</ol></section>`;
}

/** Each entry of it clause by clause; only on demand. */
function Explained({ which }) {
	const of = useApi("show", { ...which, explain: true });
	return html`<${Answer} of=${of}>${({ explain }) => explain.map((e) => html`<${Table} key=${e.computed && e.computed.id} caption=${t("centre.submission.explain")} rows=${e.checks} rowKey=${(c) => c.clause} columns=${[
		{ label: t("centre.submission.clause"), key: "clause" },
		{ label: t("centre.submission.says"), cell: (c) => t("clause." + c.clause) },
		{ label: t("centre.submission.holds"), cell: (c) => c.ok === true ? html`<${Badge} kind="good">${t("centre.submission.yes")}</${Badge}>`
			: c.ok === false ? html`<${Badge} kind="bad">${t("centre.submission.no")}</${Badge}>` : html`<${Badge} kind="info">${t("centre.submission.unchecked")}</${Badge}>` },
	]} />`)}</${Answer}>`;
}

function Explain({ which }) {
	const [open, setOpen] = useState(false);
	return html`<section class="card"><h2 id="explain">${t("centre.submission.explain")}</h2>${open ? html`<${Explained} which=${which} />`
		: html`<button class="auto secondary outline" onClick=${() => setOpen(true)}>${t("centre.submission.explain.do")}</button>`}</section>`;
}

/** The way back, and the way to the decision for whoever is to decide. */
function Head({ record, me }) {
	const decide = () => { const at = document.getElementById("decide"); at.scrollIntoView(); at.focus(); };
	return html`<div class="actions below">${me.may("review") && record.standing && record.standing.takes.length > 0 && html`<button type="button" class="secondary outline" onClick=${decide}>${t("centre.decide.lead")}</button>`}
			<a href=${lastList()}>${t("centre.submission.back")}</a></div>`;
}

function Missing() {
	return html`<section class="card"><${Empty} icon="search"><p>${t("centre.submission.missing")}</p><p><a href=${lastList()}>${t("centre.submission.back")}</a></p></${Empty}></section>`;
}

export function view({ params, query, me, onTitle }) {
	const which = { id: params.id, scope: params.scope, ...(query.kind && { kind: query.kind }) };
	const of = useApi("show", which);
	const [done, setDone] = useState("");
	const onDone = (text) => { setDone(text); refresh(); };
	const called = of.data && [of.data.kind_label, titleOf(of.data)].filter(Boolean).join(" · ");
	useEffect(() => { if (called) onTitle(called); }, [called]);
	if (of.error?.status === 404) return html`<${Missing} />`;
	return html`${done && html`<${Notice} kind="good"><p>${done}</p></${Notice}>`}<${Answer} of=${of}>${(r) => html`<${Head} record=${r} me=${me} />
		${r.standing && html`<${Standing} of=${r.standing} unit=${r.scope} />`}
		<${Changed} record=${r} /><${Content} record=${r} />
		${me.may("review") && r.standing && html`<${Decide} record=${r} which=${which} onDone=${onDone} />`}
		<${Reviews} record=${r} />
		${(r.tasks.length > 0 || me.may("task_add")) && html`<section class="card" aria-labelledby="tasks"><h2 id="tasks">${t("centre.tasks.title")}</h2>
			<ul class="rows">${r.tasks.map((x) => html`<${Task} key=${x.id} of=${x} me=${me} />`)}</ul>
			${me.may("task_add") && html`<${GiveTask} which=${which} onDone=${() => onDone(t("centre.tasks.given"))} />`}</section>`}
		${r.standing && html`<${Proof} receipt=${r.standing.receipt} />`}<${History} changes=${r.history} /><${Explain} which=${which} />`}</${Answer}>`;
}
