// board: where every commune stands this week, each once; by province; the weeks before; from each figure to the communes behind it.
import { html, number, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Figures } from "/lib/figures.js";
import { Icon } from "/lib/icon.js";
import { Table } from "/lib/table.js";
import { CatalogueAnswer } from "./catalogue_answer.js";
import { Bar, Lines } from "./chart.js";
import * as links from "./links.js";
import { weekDays, weekName } from "./week.js";

export const path = "/board";
export const title = "centre.board.title";
export const needs = "board";
export const menu = { icon: "calendar", label: "centre.menu.board", group: "report" };
export const wide = true;

const WEEKS = 10;
/** In the order they are told, with how each looks. */
export const STATES = {
	verified: "good", unverified: "wait", short: "bad", undecided: "bad", returned: "bad", late: "bad", offline: "bad", never: "bad", waiting: "info",
};

/** "2 trên 4 (50,0 %)": the count always beside the share. */
function share(n, of, percent) {
	return t("centre.board.share", { n: number(n), of: number(of), percent: percent || "0,0" });
}

/** Parts of a bar: verified, adequate but unverified, whatever is wrong with a statement. */
function parts(x) {
	return [{ n: x.verified, kind: "good" }, { n: x.unverified, kind: "wait" }, { n: x.short + x.undecided, kind: "bad" }];
}

/** What each look means: [[kind, words]]. */
function Keys({ of }) {
	return html`<p class="keys soft">${of.map(([kind, words]) => html`<span key=${kind}><span class=${`key key-${kind}`}></span> ${words}</span>`)}</p>`;
}

function States({ data, province }) {
	const where = province ? data.provinces.find((p) => p.code === province) || data.total : data.total;
	return html`<section class="card"><h2>${t("centre.board.states")}</h2>
		<ul class="rows">${Object.keys(STATES).map((s) => html`<li key=${s}><p class="grow"><${Badge} kind=${STATES[s]}>${t(`board.state.${s}`)}</${Badge}></p>
			${where[s] > 0 ? html`<a data-state=${s} href=${links.boardList({ state: s, province, week: data.week })}>${number(where[s])}</a>`
				: html`<span data-state=${s}>0</span>`}</li>`)}</ul>
		<p class="soft">${t("centre.board.sum", { n: number(where.units) })}</p></section>`;
}

function Weeks({ weeks }) {
	return html`<section class="card"><h2>${t("centre.board.weeks", { n: weeks.length })}</h2>
		<${Lines} label=${t("centre.board.weeks.alt")} below=${t("centre.board.week")} names=${weeks.map((w) => String(Number(w.week.slice(6))))} max=${weeks.length ? weeks[0].units : 0}
			lines=${[{ kind: "wait", values: weeks.map((w) => w.stated) }, { kind: "good", values: weeks.map((w) => w.verified) }]} />
		<${Keys} of=${[["line", t("centre.board.stated")], ["good", t("board.state.verified")]]} />
		<details><summary>${t("centre.board.table")}</summary><${Table} caption=${t("centre.board.weeks", { n: weeks.length })} rows=${[...weeks].reverse()} rowKey=${(w) => w.week} columns=${[
			{ label: t("centre.board.week"), cell: (w) => weekName(w.week) },
			{ label: t("centre.board.units"), num: true, cell: (w) => number(w.units) },
			{ label: t("centre.board.stated"), num: true, cell: (w) => number(w.stated) },
			{ label: t("board.state.verified"), num: true, cell: (w) => share(w.verified, w.units, w.verified_share) },
			{ label: t("board.state.unverified"), num: true, cell: (w) => number(w.unverified) },
			{ label: t("board.state.short"), num: true, cell: (w) => number(w.short) },
			{ label: t("board.state.undecided"), num: true, cell: (w) => number(w.undecided) },
			{ label: t("board.state.returned"), num: true, cell: (w) => number(w.returned) },
			{ label: t("board.state.nothing"), num: true, cell: (w) => number(w.nothing) },
		]} /></details></section>`;
}

function Provinces({ data }) {
	return html`<section class="card"><h2>${t("centre.board.provinces")}</h2>
		<${Table} caption=${t("centre.board.provinces")} rows=${data.provinces} rowKey=${(p) => p.code} columns=${[
			{ label: t("centre.board.province"), cell: (p) => html`<a href=${links.board({ province: p.code, week: data.week })}>${p.name}</a>` },
			{ label: t("centre.board.bar"), cell: (p) => html`<${Bar} parts=${parts(p)} whole=${p.units} label=${t("centre.board.bar.alt", {
				name: p.name, verified: p.verified, unverified: p.unverified, wrong: p.short + p.undecided, units: p.units })} />` },
			{ label: t("centre.board.units"), num: true, cell: (p) => number(p.units) },
			{ label: t("centre.board.stated"), num: true, cell: (p) => share(p.stated, p.units, p.stated_share) },
			{ label: t("board.state.verified"), num: true, cell: (p) => share(p.verified, p.units, p.verified_share) },
			{ label: t("centre.board.missing"), num: true, cell: (p) => p.missing > 0
				? html`<a href=${links.boardList({ state: "missing", province: p.code, week: data.week })}>${number(p.missing)}</a>` : "0" },
		]} />
		<${Keys} of=${["good", "wait", "bad", "rest"].map((kind) => [kind, t("centre.board.key." + kind)])} /></section>`;
}

function Board({ data, province, past, me }) {
	const where = province ? data.provinces.find((p) => p.code === province) : data.total;
	if (!where) return html`<p class="lead">${t("centre.board.noprovince")}</p>`;
	return html`<p class="lead">${weekName(data.week)} (${weekDays(data.week)})${province && ` · ${where.name}`}</p>
		<div class="actions">
			<a role="button" class=${where.missing > 0 ? undefined : "secondary outline"} href=${links.boardList({ state: "missing", province, week: data.week })}><${Icon} name="phone" /> ${t("centre.board.whom", { n: number(where.missing) })}</a>
			<a role="button" class="secondary outline" href=${links.board({ province, week: data.weeks.at(-2).week })}>${t("centre.board.before")}</a>
			${past && html`<a role="button" class="secondary outline" href=${links.board({ province })}>${t("centre.board.now")}</a>`}
			<button class="secondary outline" onClick=${() => print()}><${Icon} name="print" /> ${t("centre.board.print")}</button>
			${province && html`<a href=${links.board({ week: data.week })}>${t(me.all ? "centre.board.all" : "centre.board.mine")}</a>`}
		</div>
		<${Figures} items=${[
			{ label: t("centre.board.units"), value: where.units },
			{ label: t("centre.board.stated.of", { of: number(where.units), percent: where.stated_share }), value: where.stated },
			{ label: t("centre.board.verified.of", { of: number(where.units), percent: where.verified_share }), value: where.verified, kind: where.verified > 0 ? "good" : undefined },
			{ label: t("centre.board.missing"), value: where.missing, kind: where.missing > 0 ? "bad" : "good" },
		]} />
		<div class="split"><${Weeks} weeks=${data.weeks} /><${States} data=${data} province=${province} /></div>
		${!province && html`<${Provinces} data=${data} />`}`;
}

export function view({ query, me }) {
	const of = useApi("board", { weeks: WEEKS, ...(query.week && { week: query.week }), ...(query.province && { province: query.province, limit: 1 }) });
	return html`<${CatalogueAnswer} of=${of}>${(data) => html`<${Board} data=${data} province=${query.province} past=${Boolean(query.week)} me=${me} />`}</${CatalogueAnswer}>`;
}
