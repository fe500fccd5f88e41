// board list: the communes behind a figure of the board, with whom to call: to print, or as a file for a spreadsheet.
import { api, go, html, number, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { STATES } from "./screen_board.js";
import { weekName } from "./week.js";

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

function Filters({ query, provinces }) {
	const to = (more) => go(links.boardList({ ...query, offset: undefined, ...more }).slice(1));
	return html`<div class="pair">
		<${Field} type="choice" name="state" label=${t("centre.board.state")} value=${query.state || "missing"} onInput=${(state) => to({ state })}
			options=${[{ value: "missing", label: t("centre.list.missing") }, ...Object.keys(STATES).map((s) => ({ value: s, label: t(`board.state.${s}`) }))]} />
		<${Field} type="choice" name="province" label=${t("centre.board.province")} value=${query.province || ""} onInput=${(province) => to({ province: province || undefined })}
			options=${[{ value: "", label: t("centre.board.all") }, ...provinces.map((p) => ({ value: p.code, label: p.name }))]} />
	</div>`;
}

export function view({ query }) {
	const offset = Number(query.offset || 0);
	const of = useApi("board", { ...asked(query), offset, limit: SIZE });
	const [error, setError] = useState(null);
	const download = async () => {
		try { save(t("centre.list.file"), (await api("board", { ...asked(query), csv_text: true })).csv); } catch (e) { setError(e); }
	};
	return html`<${Answer} of=${of}>${(data) => html`
		<p class="lead">${weekName(data.week)} · ${t("centre.list.count", { n: number(data.listed) })}</p>
		<div class="actions"><button onClick=${() => print()}><${Icon} name="print" /> ${t("centre.board.print")}</button>
			<button class="secondary outline" onClick=${download}><${Icon} name="file" /> ${t("centre.list.csv")}</button>
			<a href=${links.board({ week: query.week })}>${t("centre.list.back")}</a></div>
		${error && html`<${Failure} error=${error} />`}
		<${Filters} query=${query} provinces=${data.provinces} />
		${data.listed === 0 ? html`<section class="card"><${Empty}><p>${t("centre.list.none")}</p></${Empty}></section>`
			: html`<${Table} caption=${t("centre.list.title")} rows=${data.units} rowKey=${(u) => u.code} columns=${[
				{ label: t("centre.list.code"), key: "code" },
				{ label: t("centre.list.name"), cell: (u) => html`<a href=${links.unit(u.code)}>${u.name}</a>` },
				{ label: t("centre.board.state"), cell: (u) => html`<${Badge} kind=${STATES[u.state]}>${u.state_text}</${Badge}>` },
				{ label: t("centre.list.heard"), cell: (u) => u.heard_text || t("centre.list.never") },
				{ label: t("centre.list.seen"), cell: (u) => u.seen_text || t("centre.list.never") },
				{ label: t("centre.list.contact"), key: "contact" },
				{ label: t("centre.list.phone"), cell: (u) => u.phone ? html`<a class="nowrap" href=${`tel:${u.phone.replaceAll(" ", "")}`}>${u.phone}</a>` : html`<span class="soft nowrap">${t("centre.list.nophone")}</span>` },
			]} />`}
		<${Pager} total=${data.listed} offset=${offset} size=${SIZE} to=${(o) => links.boardList({ ...query, offset: o || undefined })} />`}</${Answer}>`;
}
