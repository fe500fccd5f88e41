// report: one week's report in the layout of the paper: what it was made from, figures by province, files to take away; who may, freezes it.
import { api, date, html, number, refresh, t, time, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Empty } from "/lib/notice.js";
import { WideTable } from "/lib/wide_table.js";
import { CatalogueAnswer } from "./catalogue_answer.js";
import * as links from "./links.js";
import { sign } from "./sign.js";
import { weekDays, weekName } from "./week.js";

export const path = "/report/:week";
export const title = "centre.report.title";
export const within = "/reports";
export const needs = "report";
export const wide = true;

const FILES = ["pdf", "xlsx", "csv", "lines"];

const shown = (cell) => (typeof cell === "number" ? number(cell) : cell || "–");

/** "(10)/((10)+(11)) Tỷ lệ …", which may break behind each sign; in the words of the screen: those of the answer are those of the file. */
function Head({ of }) {
	const pieces = of.number.split(/(?<=[/+])/);
	return html`${pieces.flatMap((p, i) => [i > 0 && html`<wbr />`, p])}<br />${of.percent ? t("centre.report.percent." + of.figure) : t("centre.report.figure." + of.figure)}`;
}

/** "Hà Nội 01" */
function RowName({ of }) {
	if (of.all) return html`<strong>${of.name}</strong>`;
	return html`${of.code ? of.name : t("centre.report.nowhere")} <span class="soft">${of.code}</span>`;
}

/** The columns of one part, beside each other; part 3 only where there was an issue before. */
function Part({ data, part }) {
	const columns = [{ label: t("centre.report.province"), cell: (r) => html`<${RowName} of=${r} />` },
		...data.columns.flatMap((c, i) => (c.part !== part ? [] : [{ label: html`<${Head} of=${c} />`,
			cell: (r) => (r.all ? html`<strong>${shown(r.cells[i])}</strong>` : shown(r.cells[i])) }]))];
	const rows = [...data.rows, { code: "", name: t("centre.report.whole"), cells: data.total_cells, all: true }];
	const name = `part${part}`;
	return html`<section class="card"><h2 id=${name}>${t("centre.report.part." + part)}</h2>
		<${WideTable} caption=${t("centre.report.part." + part)} columns=${columns} rows=${rows} rowKey=${(r) => r.name} />
		${part === 1 && html`<p class="soft">${t("centre.report.percent.note")}</p>`}</section>`;
}

function MadeFrom({ data }) {
	return html`<dl class="values">
		<div><dt>${t("centre.reports.state")}</dt><dd>${data.frozen ? html`<${Badge} kind="good">${t("centre.reports.frozen")}</${Badge}>`
			: html`<${Badge} kind="wait">${t("centre.report.open")}</${Badge}>`}</dd></div>
		${data.erased > 0 && html`<div><dt>${t("centre.report.erased")}</dt><dd>${number(data.erased)}</dd></div>`}
		<div><dt>${t("centre.report.at")}</dt><dd>${date(data.at)} ${time(data.at)}</dd></div>
		<div><dt>${t("centre.reports.size")}</dt><dd>${number(data.size)}</dd></div>
		<div><dt>${t("centre.reports.previous")}</dt><dd>${data.previous ? weekName(data.previous) : t("centre.report.first")}</dd></div>
	</dl>`;
}

/** By what others find out that they have the same records and the same file. */
function Check({ data, me }) {
	return html`<details class="card"><summary>${t("centre.report.proof")}</summary>
		${me.all && html`<p class="soft">${t("centre.report.check")}</p>`}
		<dl class="values">
			<div class="wide"><dt>${t("centre.reports.root")}</dt><dd><code>${data.root}</code></dd></div>
			<div class="wide"><dt>${t("centre.report.csv")}</dt><dd><code>${data.csv}</code></dd></div>
		</dl></details>`;
}

/** A figure of the whole country. */
function cell(data, figure) {
	return data.total_cells[data.columns.findIndex((c) => c.figure === figure && !c.percent)];
}

/** What is signed: the figures of this week, made from as many records as there are when it is done. */
async function freeze(data) {
	const done = await sign({
		title: t("centre.report.freeze"),
		what: html`<p>${t("centre.report.freeze_what", { week: weekName(data.week), days: weekDays(data.week) })}</p>
			<p>${t("centre.report.freeze_so_far", { n: number(cell(data, "reported")), total: number(cell(data, "units")) })}</p>`,
		action: t("centre.report.freeze"),
		run: (passphrase) => api("report_freeze", { week: data.week, passphrase }),
	});
	if (done) refresh();
}

function Report({ data, me }) {
	const files = FILES.filter((form) => form !== "lines" || me.all);
	return html`<section class="card" aria-labelledby="from"><h2 id="from">${weekName(data.week)} (${weekDays(data.week)})</h2>
			<${MadeFrom} data=${data} />
			${!data.frozen && me.may("report_freeze") && html`<p class="actions"><button type="button" onClick=${() => freeze(data)}>${t("centre.report.freeze")}</button></p>`}
		</section>
		<section class="card" aria-labelledby="files"><h2 id="files">${t("centre.report.files")}</h2>
			<ul class="rows">${files.map((form) => html`<li key=${form}><a href=${`/report/${form}?week=${data.week}`} download>${t("centre.report.file." + form)}</a></li>`)}</ul></section>
		${[1, 2, ...(data.previous ? [3] : [])].map((part) => html`<${Part} key=${part} data=${data} part=${part} />`)}
		<${Check} data=${data} me=${me} />`;
}

/** Not frozen, it is for who sees the whole country: nothing failed, and asking again brings nothing. */
const notYet = (error) => html`<section class="card"><${Empty} icon="clock"><p>${error.message}</p></${Empty}></section>`;

export function view({ params, me }) {
	const of = useApi("report", { week: params.week });
	return html`<p><a href=${links.reports()}>${t("centre.report.back")}</a></p>
		${of.error && /^\d{4}-W\d\d$/.test(params.week) && html`<p class="lead">${weekName(params.week)} (${weekDays(params.week)})</p>`}
		${of.error && of.error.key === "report.not_frozen" ? notYet(of.error)
			: html`<${CatalogueAnswer} of=${of}>${(data) => html`<${Report} data=${data} me=${me} />`}</${CatalogueAnswer}>`}`;
}
