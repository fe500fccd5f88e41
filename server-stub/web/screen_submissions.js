// submissions: what the communes sent in, newest first, by any filter; the filters stand in the address, so that a list can be kept and
// passed on. A verifier approves many at once: each record gets a seal of its own.
import { api, date, go, html, lang, number, refresh, t, time, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Filters as Folded } from "/lib/filters.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { sign } from "./sign.js";
import { capital, keepList, MARKS, Seal, State, STATES, titleOf } from "./submission_parts.js";

export const path = "/submissions";
export const title = "centre.submissions.title";
export const needs = "submissions";
export const menu = { icon: "list", label: "centre.submissions.title", group: "work" };
export const wide = true;

const SIZE = 50, MOST = 64;
const LEVELS = ["commune", "province", "centre"];
const FILTERS = ["province", "scope", "kind", "state", "waiting", "flag", "seal", "text", "from", "until"];
const given = (query) => FILTERS.filter((k) => query[k]);

function asked(query) {
	const body = Object.fromEntries(given(query).map((k) => [k, k === "flag" ? query[k].split(",") : query[k]]));
	if (query.before) body.before = Number(query.before);
	return { ...body, limit: SIZE };
}

/** What waits for whoever looks at it, and can be approved. */
const can = (r) => r.waits && r.verified;

const all = (options) => [{ value: "", label: t("centre.submissions.all") }, ...options];

/** Words and days are asked for with the button; what is chosen from a list, at once. */
function Filters({ query, me }) {
	const [typed, setTyped] = useState({ text: query.text || "", scope: query.scope || "", from: query.from || "", until: query.until || "" });
	const forms = useApi("form_list"), units = useApi("catalogue_list", { limit: 1 });
	const provinces = Object.entries((units.data || {}).provinces || {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, label]) => ({ value, label }));
	const to = (more) => go(links.submissions({ ...query, ...typed, before: undefined, ...more }).slice(1));
	const choose = (name) => (value) => to({ [name]: value });
	const kinds = ((forms.data || {}).forms || []).filter((f) => f.class === "check").map((f) => ({ value: f.form, label: f.label[lang()] || f.label.vi }));
	const text = (name, label, hint) => html`<${Field} label=${t(label)} hint=${hint && t(hint)} value=${typed[name]} onInput=${(v) => setTyped({ ...typed, [name]: v })} />`;
	return html`<${Folded} n=${given(query).length}>
	<form class="bar" novalidate onSubmit=${(e) => { e.preventDefault(); to({}); }}>
		${text("text", "centre.submissions.text", "centre.submissions.find.hint")}${text("scope", "centre.submissions.scope", "centre.submissions.scope.hint")}
		${text("from", "centre.submissions.from", "centre.submissions.day")}${text("until", "centre.submissions.until", "centre.submissions.day")}
		<button type="submit" class="auto secondary outline">${t("centre.submissions.find")}</button>
	</form><div class="bar">
		<${Field} type="choice" label=${t("centre.board.province")} value=${query.province || ""} onInput=${choose("province")} options=${all(provinces)} />
		${me.may("form_list") && html`<${Field} type="choice" label=${t("centre.submissions.kind")} value=${query.kind || ""} onInput=${choose("kind")} options=${all(kinds)} />`}
		<${Field} type="choice" label=${t("centre.submissions.state")} value=${query.state || ""} onInput=${choose("state")}
			options=${all(Object.keys(STATES).map((s) => ({ value: s, label: capital(t(`submissions.state.${s}`)) })))} />
	</div><div class="bar">
		<${Field} type="choice" label=${t("centre.submissions.waiting")} value=${query.waiting || ""} onInput=${choose("waiting")}
			options=${all(LEVELS.map((l) => ({ value: l, label: capital(t("centre.submissions.waiting." + l)) })))} />
		<${Field} type="choice" label=${t("centre.submissions.flag")} value=${query.flag || ""} onInput=${choose("flag")}
			options=${all(MARKS.map((m) => ({ value: m, label: capital(t(`submissions.mark.${m}`)) })))} />
		<${Field} type="choice" label=${t("centre.submissions.seal")} value=${query.seal || ""} onInput=${choose("seal")}
			options=${all([{ value: "valid", label: capital(t("centre.submissions.seal.valid")) }, { value: "held", label: capital(t("centre.submissions.seal.held")) }])} />
	</div></${Folded}>`;
}

/** pick: some of them can be chosen. */
function List({ rows, pick, chosen, onChoose }) {
	const tick = (r) => can(r) && html`<label class="tick"><input type="checkbox" checked=${chosen.has(r.id)} onChange=${(e) => onChoose(r.id, e.currentTarget.checked)} />
		<span class="visually-hidden">${t("centre.submissions.choose", { title: `${r.kind_label} ${titleOf(r)}, ${r.unit}` })}</span></label>`;
	return html`<${Table} caption=${t("centre.submissions.title")} rows=${rows} rowKey=${(r) => r.scope + r.id} columns=${[
		...(pick ? [{ label: t("centre.submissions.pick"), cell: tick }] : []),
		{ label: t("centre.submissions.what"), look: "name", cell: (r) => html`<a href=${links.submission(r)}>${r.kind_label}</a><br /><span class="soft">${titleOf(r)}</span>` },
		{ label: t("centre.submissions.unit"), cell: (r) => html`<span class="nowrap">${r.unit || t("centre.queue.everywhere")}</span><br /><span class="soft">${r.scope}</span>` },
		{ label: t("centre.submissions.who"), cell: (r) => html`<span class="nowrap">${r.author || t("history.unknown")}</span><br /><span class="soft">${r.author_title}</span>` },
		{ label: t("centre.submissions.received"), cell: (r) => html`<span class="nowrap">${date(r.received_at)}</span> ${time(r.received_at)}<br /><span class="soft">${t("centre.submissions.no", { n: r.index })}</span>` },
		{ label: t("centre.submissions.stands"), look: "whole", cell: (r) => html`<${State} of=${r} /> ${r.marks.filter((m) => m !== "after").map((m) => html`<${Badge} key=${m} kind="wait">${capital(t(`submissions.mark.${m}`))}</${Badge}> `)}<${Seal} of=${r} />` },
	]} />`;
}

/** Each of them gets a seal of its own; what fails is told, and stops none. */
async function approve(rows) {
	return sign({
		title: t("centre.submissions.approve"), action: t("centre.submissions.approve"),
		what: html`<p>${t("centre.submissions.approve.what", { n: rows.length })}</p><ul>${rows.slice(0, 5).map((r) => html`<li key=${r.id}>${r.kind_label} · ${r.unit} · ${titleOf(r)}</li>`)}</ul>
			${rows.length > 5 && html`<p class="soft">${t("centre.submissions.more", { n: rows.length - 5 })}</p>`}`,
		run: async (passphrase) => {
			const answer = await api("review", { id: rows[0].id, also: rows.slice(1).map((r) => r.id), approve: true, passphrase });
			return answer.reviews ? answer : { done: 1, failed: 0, reviews: [] };
		},
	});
}

function nothing(query, data) {
	if (data.next !== undefined) return "centre.submissions.none.here";
	return given(query).length > 0 ? "centre.submissions.none" : "centre.submissions.none.yet";
}

export function view({ query, me }) {
	const of = useApi("submissions", asked(query));
	const [chosen, setChosen] = useState(new Set());
	const [done, setDone] = useState(null);
	const may = me.may("review");
	useEffect(() => keepList(query), [JSON.stringify(query)]);
	const choose = (id, on) => setChosen((old) => { const now = new Set(old); if (on) now.add(id); else now.delete(id); return now; });
	const approveThem = async (rows) => {
		const answer = await approve(rows);
		if (!answer) return;
		setDone(answer);
		setChosen(new Set());
		refresh();
	};
	return html`<${Filters} key=${JSON.stringify(query)} query=${query} me=${me} />
		${done && html`<${Notice} kind=${done.failed > 0 ? "wait" : "good"}><p>${t("centre.submissions.approved", { n: done.done })}</p>
			${done.reviews.filter((r) => r.error).map((r) => html`<p key=${r.target}>${r.error.text}</p>`)}</${Notice}>`}
		<${Answer} of=${of}>${(data) => {
			const mine = may ? data.submissions.filter(can) : [];
			const rows = mine.filter((r) => chosen.has(r.id)).slice(0, MOST);
			return html`<p class="lead">${t(data.more_than ? "centre.submissions.count.more" : "centre.submissions.count", { n: number(data.total) })}</p>
				${mine.length > 1 && html`<div class="actions below"><button class="secondary outline" onClick=${() => mine.slice(0, MOST).forEach((r) => choose(r.id, true))}>${t("centre.submissions.choose.all", { n: mine.length })}</button></div>`}
				<section class="card">${data.submissions.length === 0 ? html`<${Empty} icon="list"><p>${t(nothing(query, data))}</p></${Empty}>`
					: html`<${List} rows=${data.submissions} pick=${mine.length > 0} chosen=${chosen} onChoose=${choose} />`}</section>
				<div class="actions">${mine.length > 0 && html`<button disabled=${rows.length === 0} onClick=${() => approveThem(rows)}>${rows.length === 0 ? t("centre.submissions.approve.none") : t("centre.submissions.approve.n", { n: rows.length })}</button>`}
					${query.before && html`<a role="button" class="secondary outline" href=${links.submissions({ ...query, before: undefined })}>${t("centre.submissions.first")}</a>`}
					${data.next !== undefined && html`<a role="button" class="secondary outline" href=${links.submissions({ ...query, before: data.next })}>${t("centre.pager.after")}</a>`}</div>`;
		}}</${Answer}>`;
}
