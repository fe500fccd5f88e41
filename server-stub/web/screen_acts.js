// acts: what members of staff did, out of the log itself: who, when, what, about what, under which number.
import { date, go, html, number, t, time, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { roleName } from "./role.js";
import { titleOf } from "./submission_parts.js";

export const path = "/acts";
export const title = "centre.acts.title";
export const needs = ["acts", "staff_list"];
export const menu = { icon: "history", label: "centre.menu.acts", group: "care" };
export const wide = true;

const SIZE = 50;

function Filter({ query, staff }) {
	const [v, setV] = useState({ account: query.account || "", from: query.from || "", to: query.to || "" });
	const set = (name) => (x) => setV((old) => ({ ...old, [name]: x }));
	const options = [{ value: "", label: t("centre.acts.all") }, ...staff.filter((s) => s.account).map((s) => ({ value: s.account, label: `${s.name} (${s.account})` }))];
	return html`<form class="bar" novalidate onSubmit=${(e) => { e.preventDefault(); go(links.acts(v).slice(1)); }}>
		<${Field} type="choice" label=${t("centre.acts.who")} options=${options} value=${v.account} onInput=${set("account")} />
		<${Field} label=${t("centre.acts.from")} inputmode="numeric" placeholder=${t("centre.acts.day")} value=${v.from} onInput=${set("from")} />
		<${Field} label=${t("centre.acts.to")} inputmode="numeric" placeholder=${t("centre.acts.day")} value=${v.to} onInput=${set("to")} />
		<button type="submit" class="auto">${t("centre.acts.show")}</button>
	</form>`;
}

function What({ of }) {
	const thing = (r) => html`${r.kind_label}${r.title && ` · ${titleOf(r)}`}`;
	return html`${of.what}${of.record && `: ${titleOf(of.record) || of.record.kind_label}`}
		${of.about && html`<br /><span class="soft">${t("centre.acts.about")} ${thing(of.about)}</span>`}
		${!of.counts && html`<br /><${Badge} kind="bad">${t("centre.acts.held")}</${Badge}>`}`;
}

/** When it came into the log; when it was signed, where that says more. */
function When({ of }) {
	const logged = `${date(of.logged_at)} ${time(of.logged_at)}`;
	return html`<span class="nowrap">${logged}</span>${!of.when.includes(logged) && html`<br /><span class="soft">${t("centre.acts.signed", { when: of.when })}</span>`}`;
}

export function view({ query }) {
	const offset = Number(query.offset) || 0;
	const body = { offset, limit: SIZE };
	for (const name of ["account", "from", "to"]) if (query[name]) body[name] = query[name];
	const staff = useApi("staff_list"), of = useApi("acts", body);
	const columns = [
		{ key: "index", label: t("centre.acts.index"), num: true, cell: (a) => number(a.index) },
		{ key: "logged_at", label: t("centre.acts.when"), cell: (a) => html`<${When} of=${a} />` },
		{ key: "who", label: t("centre.acts.who"), cell: (a) => html`<strong class="nowrap">${a.who}</strong>${a.role && a.role !== "root" && html`<br /><span class="soft nowrap">${roleName(a.role)}</span>`}` },
		{ key: "unit", label: t("centre.acts.unit"), cell: (a) => (a.scope === "*" ? html`<span class="nowrap">${t("centre.scope.all")}</span>` : a.unit || a.scope) },
		{ key: "what", label: t("centre.acts.what"), look: "whole most", cell: (a) => html`<${What} of=${a} />` },
	];
	return html`<p class="lead">${t("centre.acts.lead")}</p>
		${staff.error && !of.error && html`<${Notice} kind="wait"><p>${t("centre.acts.nostaff")} ${staff.error.message}</p></${Notice}>`}
		${(staff.data || staff.error) && html`<${Filter} query=${query} staff=${(staff.data || { staff: [] }).staff} />`}
		<${Answer} of=${of}>${(d) => (d.items.length === 0
			? html`<section class="card"><${Empty}><p>${t("centre.acts.none")}</p></${Empty}></section>`
			: html`<section class="card"><${Table} caption=${t("centre.acts.title")} columns=${columns} rows=${d.items} rowKey=${(a) => a.entry} /></section>
				<${Pager} total=${d.total} offset=${offset} size=${SIZE} to=${(at) => links.acts({ ...query, offset: at || undefined })} />`)}</${Answer}>`;
}
