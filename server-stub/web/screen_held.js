// held: what is stored and does not count, and why: of revoked PCs, of clerks not yet certified, of people who may not say it. A registrar lets
// lines in, each by its own id, with a reason and a signature.
import { api, date, html, refresh, t, time, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { sign } from "./sign.js";

export const path = "/held";
export const title = "centre.held.title";
export const needs = "held";
export const menu = { icon: "stop", label: "centre.menu.held", group: "work" };

const SIZE = 50;

async function admit(scope, rows) {
	const done = await sign({
		title: t("centre.held.admit"), action: t("centre.held.admit"), reason: true,
		what: html`<p>${t("centre.held.admit.what", { n: rows.length, code: scope })}</p>
			<ul>${rows.slice(0, 5).map((r) => html`<li key=${r.entry}>${r.kind_label || t("centre.held.line")}${r.title && ` · ${r.title}`}</li>`)}</ul>
			${rows.length > 5 && html`<p class="soft">${t("centre.held.more", { n: rows.length - 5 })}</p>`}`,
		run: (passphrase, say, reason) => api("admit", { ids: rows.map((r) => r.entry), scope, reason, passphrase }),
	});
	if (done) refresh();
}

function Row({ of, me }) {
	return html`<li><div class="grow">
			<p><strong>${of.kind_label || t("centre.held.line")}</strong>${of.title && ` · ${of.title}`}</p>
			<p><${Badge} kind="wait">${of.text}</${Badge}></p>
			<p class="soft">${t("centre.held.by", { who: of.who || "—", at: `${date(of.received_at)} ${time(of.received_at)}`, n: of.index })}</p></div>
		${me.may("admit") && html`<button type="button" class="secondary outline auto small" onClick=${() => admit(of.scope, [of])}>${t("centre.held.admit.one")}</button>`}</li>`;
}

function Group({ scope, rows, me }) {
	return html`<section class="card" aria-labelledby=${`held-${scope}`}><h2 id=${`held-${scope}`}>
			<a href=${links.unitDevices(scope)}>${t("centre.devices.commune", { code: scope })}</a></h2>
		<ul class="rows">${rows.map((r) => html`<${Row} key=${r.entry} of=${r} me=${me} />`)}</ul>
		${me.may("admit") && rows.length > 1 && html`<div class="actions"><button type="button" class="secondary outline" onClick=${() => admit(scope, rows)}>
			${t("centre.held.admit.all", { n: rows.length })}</button></div>`}</section>`;
}

export function view({ query, me }) {
	const offset = Number(query.offset) || 0;
	const of = useApi("held", { offset, limit: SIZE, ...(query.scope ? { scope: query.scope } : {}) });
	return html`<p class="lead">${t("centre.held.lead")}</p>
		<${Answer} of=${of}>${(d) => {
			const scopes = [...new Set(d.held.map((r) => r.scope))];
			if (d.held.length === 0) return html`<section class="card"><${Empty}><p>${t("centre.held.none")}</p></${Empty}></section>`;
			return html`${scopes.map((s) => html`<${Group} key=${s} scope=${s} rows=${d.held.filter((r) => r.scope === s)} me=${me} />`)}
				<${Pager} total=${d.total} offset=${offset} size=${SIZE} to=${(at) => links.held({ ...query, offset: at || undefined })} />`;
		}}</${Answer}>`;
}
