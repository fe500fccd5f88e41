// twins: records of one commune that may be of one thing, with what makes one think so, and those that were linked. Linking deletes
// nothing and can be undone.
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { QueueTabs } from "./queue_tabs.js";
import { sign } from "./sign.js";

export const path = "/queue/twins";
export const title = "centre.queue.twins";
export const within = "/queue/values";
export const needs = ["duplicates", "catalogue_list"];

const FOUND = 20;

/** Which commune: by any name, or its code. */
function Which({ query }) {
	const [text, setText] = useState("");
	const of = useApi("catalogue_list", { limit: FOUND, text });
	return html`<${Field} name="commune" label=${t("centre.twins.which")} hint=${t("centre.twins.hint")} value=${text} onInput=${setText} />
		<${Answer} of=${of}>${(data) => html`<ul class="rows">${data.units.map((u) => html`<li key=${u.code}><a class="grow" href=${links.queue("twins", { scope: u.code })}
			aria-current=${u.code === query.scope ? "true" : undefined}>${u.name} (${u.code}), ${u.province_name}</a></li>`)}</ul>
			${data.total === 0 && html`<p class="soft">${t(text === "" ? "centre.twins.nocatalogue" : "centre.units.none")}</p>`}
			${data.total > data.units.length && html`<p class="soft">${t("centre.twins.more", { n: data.units.length, total: data.total })}</p>`}`}</${Answer}>`;
}

/** named: only what they are called, in a question that is to be answered first. */
function Records({ records, named }) {
	return html`<ul class="rows">${records.map((r) => html`<li key=${r.id}><p class="grow">${named ? r.title : html`<a href=${links.submission(r)}>${r.title}</a>`}</p></li>`)}</ul>`;
}

function Pair({ of, me, first, onDone }) {
	const link = async () => {
		const done = await sign({
			title: t("page.duplicates.link"), reason: true, action: t("page.duplicates.link_do"), what: html`<p>${t("page.duplicates.link_text")}</p><${Records} named records=${of.records} />`,
			run: async (passphrase, say, reason) => {
				for (const r of of.records.slice(1)) await api("link", { id: r.id, other: of.records[0].id, scope: r.scope, kind: r.kind, reason, passphrase });
				return true;
			},
		});
		if (done) onDone("centre.twins.linked");
	};
	return html`<section class="card"><h2>${of.kind_label}</h2>
		<p><${Icon} name="info" /> ${t("page.duplicates.because")} <strong>${of.reasons.map((r) => `${r.label}: ${r.text}`).join("; ")}</strong></p><${Records} records=${of.records} />
		${me.may("link") && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} onClick=${link}><${Icon} name="link" /> ${t("page.duplicates.link")}</button></div>`}</section>`;
}

function Linked({ of, me, onDone }) {
	const unlink = async () => {
		const r = of.members.find((m) => m.id !== of.head.id) || of.head;
		const done = await sign({
			title: t("page.duplicates.unlink"), reason: true, action: t("page.duplicates.unlink_do"), what: html`<p>${t("page.duplicates.unlink_text")}</p><${Records} named records=${of.members} />`,
			run: (passphrase, say, reason) => api("unlink", { id: r.id, scope: r.scope, kind: r.kind, reason, passphrase }),
		});
		if (done) onDone("centre.twins.parted");
	};
	return html`<section class="card"><h2>${t("page.duplicates.linked")}: ${of.head.title}</h2><${Records} records=${of.members} />
		${me.may("unlink") && html`<div class="actions"><button class="secondary outline" onClick=${unlink}>${t("page.duplicates.unlink")}</button></div>`}</section>`;
}

function Twins({ scope, me }) {
	const of = useApi("duplicates", { scope }), unit = useApi("catalogue_list", { text: scope, limit: 1 });
	const named = unit.data?.units.find((u) => u.code === scope);
	const [done, setDone] = useState(null);
	const onDone = (key) => { setDone(key); refresh(); };
	return html`<p><strong>${named ? `${named.name} (${scope}), ${named.province_name}` : scope}</strong> · <a href=${links.queue("twins")}>${t("centre.twins.other")}</a></p>
		${done && html`<${Notice} kind="good"><p>${t(done)}</p></${Notice}>`}<${Answer} of=${of}>${(data) => html`
		${data.duplicates.length === 0 && html`<section class="card"><${Empty}><p>${t("page.duplicates.none")}</p></${Empty}></section>`}
		${data.duplicates.map((d, i) => html`<${Pair} key=${d.records[0].id} of=${d} me=${me} first=${i === 0} onDone=${onDone} />`)}
		${data.linked.map((l) => html`<${Linked} key=${l.head.id} of=${l} me=${me} onDone=${onDone} />`)}`}</${Answer}>`;
}

export function view({ query, me }) {
	return html`<${QueueTabs} here="twins" me=${me} /><p class="lead">${t("centre.twins.lead")}</p>
		${query.scope ? html`<${Twins} scope=${query.scope} me=${me} />` : html`<${Which} query=${query} />`}`;
}
