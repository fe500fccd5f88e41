// units: the catalogue: a commune is found by any name it had, typed without tones, or by its code, which is always shown: names
// collide within a province.
import { go, html, number, t, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Answer, Empty } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";

export const path = "/units";
export const title = "centre.units.title";
export const needs = "catalogue_list";
export const menu = { icon: "book", label: "centre.menu.units", group: "care" };
export const wide = true;

const SIZE = 50, PAUSE_MS = 250;

export function view({ query }) {
	const [text, setText] = useState(query.text || "");
	const offset = Number(query.offset || 0);
	const of = useApi("catalogue_list", { ...(query.text && { text: query.text }), ...(query.province && { province: query.province }), offset, limit: SIZE });
	const to = (more) => links.units({ ...query, offset: undefined, ...more });
	useEffect(() => {
		if (text === (query.text || "")) return undefined;
		const timer = setTimeout(() => go(to({ text: text || undefined }).slice(1)), PAUSE_MS);
		return () => clearTimeout(timer);
	}, [text]);
	const provinces = of.data ? Object.entries(of.data.provinces).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
	return html`<p class="lead">${t("centre.units.lead")}</p><div class="pair">
			<${Field} name="text" label=${t("centre.units.text")} value=${text} onInput=${setText} />
			<${Field} type="choice" name="province" label=${t("centre.board.province")} value=${query.province || ""} onInput=${(province) => go(to({ province: province || undefined }).slice(1))}
				options=${[{ value: "", label: t("centre.submissions.all") }, ...provinces.map(([value, label]) => ({ value, label }))]} /></div>
		<${Answer} of=${of}>${(data) => data.total === 0 ? html`<section class="card"><${Empty} icon="search"><p>${t(query.text || query.province ? "centre.units.none" : "centre.units.none.yet")}</p></${Empty}></section>`
			: html`<p role="status">${t("centre.list.count", { n: number(data.total) })}</p><section class="card"><${Table} caption=${t("centre.units.title")} rows=${data.units} rowKey=${(u) => u.code} columns=${[
				{ label: t("centre.list.code"), key: "code" },
				{ label: t("centre.list.name"), cell: (u) => html`<a href=${links.unit(u.code)}>${u.name}</a>${u.closed && html` <${Badge} kind="info">${t("centre.units.closed")}</${Badge}>`}` },
				{ label: t("centre.units.kind"), cell: (u) => t("centre.unit.kind." + u.kind.replace("_", "")) },
				{ label: t("centre.board.province"), key: "province_name" },
				{ label: t("centre.units.names"), cell: (u) => u.names.join("; ") },
			]} /></section><${Pager} total=${data.total} offset=${offset} size=${SIZE} to=${(o) => links.units({ ...query, offset: o || undefined })} />`}</${Answer}>`;
}
