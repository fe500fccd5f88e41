// differences: everything in a stocktake that is not as the books say, and why.
import { html, number, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { LineDialog } from "./line_dialog.js";
import { Head } from "./screen_stocktake.js";

export const path = "/differences/:id";
export const title = "page.differences.title";

const KIND = { thieu: "bad", thua: "wait", sai_vi_tri: "wait", sai_thong_tin: "wait", khop: "good" };

function What({ row }) {
	return html`${row.undecided && html`<a href=${links.decide()}><${Badge} kind="bad" icon="choose">${t("stocktake.n.undecided")}</${Badge}></a> `}
		${row.late && html`<${Badge} kind="wait" icon="clock">${t("stocktake.n.late")}</${Badge}> `}
		${row.status === "da_kiem" ? row.discrepancy && html`<${Badge} kind=${KIND[row.discrepancy]} icon=${row.discrepancy === "khop" ? "done" : "warn"}>${row.discrepancy_text}</${Badge}>` : html`<${Badge} kind="wait">${row.status_text}</${Badge}>`}`;
}

function Why({ row }) {
	const said = [["page.differences.found", row.found_location], ["page.differences.cause", row.cause_text], ["page.differences.proposal", row.proposal_text],
		["page.differences.note", row.note]];
	return html`${said.filter(([, text]) => text).map(([key, text]) => html`<p key=${key}>${t(key, { text })}</p>`)}`;
}

const signed = (n) => n < 0 ? `−${number(-n)}` : `+${number(n)}`;

/** By how much, in pieces and đồng; nothing while it is not counted. */
function Much({ diff }) {
	if (!diff || !diff.qty) return null;
	return html`<p><strong>${t("page.differences.much", { n: signed(diff.qty) })}</strong>${diff.cost !== undefined && diff.cost !== 0 && html` · ${t("page.differences.cost", { n: signed(diff.cost) })}`}</p>`;
}

function Row({ row, finished, onOpen }) {
	return html`<li><div class="grow"><p><strong>${row.name}</strong> <span class="soft nowrap">${row.label}</span></p>
			${row.location && html`<p class="soft">${t("page.differences.book", { text: row.location })}</p>`}<${Why} row=${row} /></div>
		<div class="end"><p><${What} row=${row} /></p><${Much} diff=${row.diff} /></div>
		${!finished && html`<button type="button" class="secondary outline small auto" onClick=${() => onOpen(row)}>${t("page.scan.change")}</button>`}</li>`;
}

/** That there are none can be said only once all is counted. */
function None({ left }) {
	return left > 0 ? html`<${Empty} icon="scan"><p>${t("page.differences.none_yet", { n: left })}</p></${Empty}>`
		: html`<${Empty}><p>${t("page.differences.none")}</p></${Empty}>`;
}

export function view({ params, clerk }) {
	const [row, setRow] = useState(null);
	const s = useApi("stocktake", { session: params.id, only: "different" });
	return html`<${AnswerOne} of=${s}>${(d) => html`<${Head} session=${d.session} here="differences" />
		<section class="card" aria-label=${t("page.differences.title")}>${d.lines.length === 0
			? html`<${None} left=${d.counts.not_counted} />`
			: html`<ul class="rows">${d.lines.map((r) => html`<${Row} key=${r.asset} row=${r} finished=${d.session.finished} onOpen=${setRow} />`)}</ul>`}</section>
		${row && html`<${LineDialog} session=${params.id} row=${row} clerk=${clerk} onClose=${() => setRow(null)} />`}`}</>`;
}
