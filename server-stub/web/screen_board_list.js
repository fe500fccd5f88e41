// board list: the communes behind a figure of the board, with whom to call: to print, or as a file for a spreadsheet.
import { api, go, html, number, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Empty, Failure } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import { CatalogueAnswer } from "./catalogue_answer.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { STATES } from "./screen_board.js";
import { weekDays, weekName } from "./week.js";

export const path = "/board/list";
export const title = "centre.list.title";
export const within = "/board";
export const needs = "board";
export const wide = true;

const SIZE = 200;

/** Give a text to the browser as a file. */
function save(name, text) {
	const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
	const a = document.createElement("a");
	a.href = url;
	a.download = name;
	a.click();
	URL.revokeObjectURL(url);
}

function asked(query) {
	const { week, province, state = "missing" } = query;
	return { state, ...(week && { week }), ...(province && { province }) };
}

function Filters({ query, provinces, me }) {
	const to = (more) => go(links.boardList({ ...query, offset: undefined, ...more }).slice(1));
	return html`<div class="pair">
		<${Field} type="choice" name="state" label=${t("centre.board.state")} value=${query.state || "missing"} onInput=${(state) => to({ state })}
			options=${[{ value: "missing", label: t("centre.list.missing") }, ...Object.keys(STATES).map((s) => ({ value: s, label: t(`board.state.${s}`) }))]} />
		<${Field} type="choice" name="province" label=${t("centre.board.province")} value=${query.province || ""} onInput=${(province) => to({ province: province || undefined })}
			options=${[{ value: "", label: t(me.all ? "centre.board.all" : "centre.board.mine") }, ...provinces.map((p) => ({ value: p.code, label: p.name }))]} />
	</div>`;
}

/** Whom to call, and where. */
function Contact({ of }) {
	return html`${of.contact || html`<span class="soft">${t("centre.list.nobody")}</span>`}<br />
		${of.phone ? html`<a class="nowrap" href=${`tel:${of.phone.replaceAll(" ", "")}`}>${of.phone}</a>` : html`<span class="soft nowrap">${t("centre.list.nophone")}</span>`}`;
}

export function view({ query, me }) {
	const offset = Number(query.offset || 0);
	const of = useApi("board", { ...asked(query), offset, limit: SIZE });
	const [error, setError] = useState(null);
	const download = async () => {
		try { save(t("centre.list.file"), (await api("board", { ...asked(query), csv_text: true })).csv); } catch (e) { setError(e); }
	};
	return html`<${CatalogueAnswer} of=${of}>${(data) => html`
		<p class="lead">${weekName(data.week)} (${weekDays(data.week)}) · ${t("centre.list.count", { n: number(data.listed) })}</p>
		<div class="actions">${data.listed > 0 && html`<button onClick=${() => print()}><${Icon} name="print" /> ${t("centre.board.print")}</button>
			<button class="secondary outline" onClick=${download}><${Icon} name="file" /> ${t("centre.list.csv")}</button>`}
			<a href=${links.board({ week: query.week })}>${t("centre.list.back")}</a></div>
		${error && html`<${Failure} error=${error} />`}
		<${Filters} query=${query} provinces=${data.provinces} me=${me} />
		${data.listed === 0 ? html`<section class="card"><${Empty}><p>${t((query.state || "missing") === "missing" ? "centre.list.none.missing" : "centre.list.none")}</p></${Empty}></section>`
			: html`<section class="card"><${Table} caption=${t("centre.list.title")} rows=${data.units} rowKey=${(u) => u.code} columns=${[
				{ label: t("centre.list.code"), key: "code" },
				{ label: t("centre.list.unit"), cell: (u) => html`<a href=${links.unit(u.code)}>${u.name}</a>` },
				{ label: t("centre.board.state"), look: "whole", cell: (u) => html`<${Badge} kind=${STATES[u.state]}>${u.state_text}</${Badge}>` },
				{ label: t("centre.list.heard.short"), cell: (u) => u.heard_text || t("centre.list.never") },
				{ label: t("centre.list.seen.short"), cell: (u) => u.seen_text || t("centre.list.never") },
				{ label: t("centre.list.contact"), cell: (u) => html`<${Contact} of=${u} />` },
			]} /></section>`}
		<${Pager} total=${data.listed} offset=${offset} size=${SIZE} to=${(o) => links.boardList({ ...query, offset: o || undefined })} />`}</${CatalogueAnswer}>`;
}
