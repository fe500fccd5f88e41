// forks: a PC wrote two different records under one number: it was copied, or set back to an older image. Both are kept and count; the
// two lines side by side are the proof. What there is to do: both have one key, so it is
// revoked and the real one enrols again.
import { date, html, number, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { Place, QueueTabs } from "./queue_tabs.js";

export const path = "/queue/forks";
export const title = "centre.queue.forks";
export const within = "/queue/values";
export const needs = "forks";

function Fork({ of, me }) {
	return html`<section class="card"><h2>${of.device_name || t("centre.pcs.unnamed")}${of.revoked && html` <${Badge} kind="info">${t("centre.forks.revoked")}</${Badge}>`}</h2><dl class="values">
			<div><dt>${t("centre.forks.unit")}</dt><dd><${Place} of=${of} /></dd></div>
			<div><dt>${t("centre.forks.device")}</dt><dd>${of.device || "–"}</dd></div>
			<div><dt>${t("centre.forks.who")}</dt><dd>${[of.who, of.title].filter(Boolean).join(", ")}</dd></div>
			<div><dt>${t("centre.forks.author")}</dt><dd>${of.author}</dd></div>
			<div><dt>${t("centre.forks.number")}</dt><dd>${number(of.seq)}</dd></div></dl>
		<details><summary>${t("centre.forks.proof", { n: of.entries.length })}</summary>
			${of.entries.map((e) => html`<p key=${e.entry}>${t("centre.letin.received", { date: date(e.received_at) })}</p><pre>${e.line}</pre>`)}</details>
		${me.may("keys") && !of.revoked && html`<div class="actions"><a role="button" class="auto secondary outline" href=${links.unitDevices(of.scope)}>${t("centre.forks.pcs")}</a></div>`}</section>`;
}

export function view({ me }) {
	const of = useApi("forks");
	return html`<${QueueTabs} here="forks" me=${me} /><p class="lead">${t("centre.forks.lead")}</p>
		<${Answer} of=${of}>${({ forks }) => forks.length === 0 ? html`<section class="card"><${Empty}><p>${t("centre.forks.none")}</p></${Empty}></section>`
			: html`${forks.some((f) => !f.revoked) && html`<${Notice} kind="wait"><p>${t(me.may("revoke") ? "centre.forks.todo" : "centre.forks.todo.others")}</p></${Notice}>`}${forks.map((f) => html`<${Fork} key=${f.feed} of=${f} me=${me} />`)}`}</${Answer}>`;
}
