// reports: the issues of the weekly report that are frozen, newest first, and the week that is not yet.
import { html, number, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import { report } from "./links.js";
import { weekDays, weekName } from "./week.js";

export const path = "/reports";
export const title = "centre.reports.title";
export const needs = ["report_list", "report"];
export const menu = { icon: "paper", label: "centre.menu.reports", group: "report" };
export const wide = true;

function Issues({ data, me }) {
	const issues = [...data.issues].sort((a, b) => (a.week < b.week ? 1 : -1));
	const columns = [
		{ label: t("centre.reports.week"), cell: (i) => html`<a class="nowrap" href=${report(i.week)}>${weekName(i.week)}</a>
			<br /><span class="soft nowrap">${weekDays(i.week)}</span>` },
		{ label: t("centre.reports.state"), cell: (i) => (i.undecided ? html`<${Badge} kind="bad">${t("centre.reports.undecided")}</${Badge}>`
			: html`<${Badge} kind="good">${t("centre.reports.frozen")}</${Badge}>`) },
		{ label: t("centre.reports.size"), num: true, cell: (i) => number(i.size) },
		{ label: t("centre.reports.previous"), cell: (i) => i.previous && html`<span class="nowrap">${weekName(i.previous)}</span>` },
	];
	return issues.length === 0 ? html`<${Empty} icon="paper"><p>${t("centre.reports.none")} ${t(me.all ? "centre.reports.none.all" : "centre.reports.none.some")}</p></${Empty}>`
		: html`<${Table} caption=${t("centre.reports.issues")} columns=${columns} rows=${issues} rowKey=${(i) => i.week + i.index} />`;
}

export function view({ me }) {
	return html`<${Answer} of=${useApi("report_list", {})}>${(data) => html`
		${me.all && !data.issues.some((i) => i.week === data.week) && html`<p><a href=${report(data.week)}>${t("centre.reports.now", { week: weekName(data.week) })}</a></p>`}
		<section class="card"><h2>${t("centre.reports.issues")}</h2><${Issues} data=${data} me=${me} /></section>`}</${Answer}>`;
}
