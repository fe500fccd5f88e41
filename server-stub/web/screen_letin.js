// letin: records that are stored and do not count, above all what a PC still sent after it was revoked: nothing is thrown away. A
// registrar lets them in one by one, all of one commune with one reason. {scope}: of that commune only.
import { api, date, html, number, refresh, t, useApi, useState } from "/lib/base.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { Pager } from "./pager.js";
import { Place, QueueTabs } from "./queue_tabs.js";
import { sign } from "./sign.js";

export const path = "/queue/held";
export const title = "centre.queue.held";
export const within = "/queue/values";
export const needs = "held";

const SIZE = 50, MOST = 64; // K5: entries of one admission

/** What the entry itself says; of bytes that prove nothing only that they do not. */
function Says({ item }) {
	if (!item.verified) return html`<p class="wrong">${t("centre.letin.broken", { text: item.wrong })}</p>`;
	if (item.erased) return html`<p class="soft">${t("centre.letin.erased")}</p>`;
	if (!item.fields) return null;
	return html`<dl class="values">${item.fields.map((f) => html`<div key=${f.field}><dt>${f.label}</dt><dd>${f.text}</dd></div>`)}
		${item.reason && html`<div><dt>${t("centre.sign.reason")}</dt><dd>${item.reason}</dd></div>`}</dl>
		${item.more > 0 && html`<p class="soft">${t("centre.letin.more", { n: item.more })}</p>`}`;
}

function named(item) {
	if (!item.verified) return t("centre.letin.unread");
	return [item.kind_label || t("centre.letin.paper"), item.title].filter(Boolean).join(" · ");
}

function Held({ item, chosen, onChoose, may }) {
	const box = `held-${item.index}`, pick = may && item.verified;
	return html`<li>${pick && html`<input type="checkbox" id=${box} checked=${chosen} onChange=${(e) => onChoose(e.currentTarget.checked)} />`}
		<div class="grow">${pick ? html`<label for=${box}><strong>${named(item)}</strong></label>` : html`<p><strong>${named(item)}</strong></p>`}
			<p>${t("centre.letin.why")} <strong>${item.text}</strong></p>
			<${Says} item=${item} />
			<p class="soft">${item.who || t("history.unknown")} · ${t("centre.unit.fingerprint")} <span class="nowrap">${item.fingerprint}</span> · ${t("centre.letin.received", { date: date(item.received_at) })}</p></div>
		${item.counts && html`<a href=${links.submission(item)}>${t("centre.letin.open")}</a>`}</li>`;
}

/** What is held of one commune. */
function Of({ scope, items, may, first, onDone }) {
	const [chosen, setChosen] = useState(new Set()), sound = items.filter((i) => i.verified);
	const ids = items.filter((i) => chosen.has(i.entry)).map((i) => i.entry).slice(0, MOST);
	const choose = (entry, on) => setChosen((old) => { const now = new Set(old); if (on) now.add(entry); else now.delete(entry); return now; });
	const admit = async () => {
		const done = await sign({
			title: t("centre.letin.sign"), reason: true, action: t("centre.letin.do"), what: html`<p>${t("centre.letin.what", { n: number(ids.length), unit: items[0].unit })}</p>`,
			run: (passphrase, say, reason) => api("admit", { ids, scope, reason, passphrase }),
		});
		if (done) onDone(ids.length);
	};
	return html`<section class="card"><h2><${Place} of=${items[0]} /></h2>
		<ul class="rows">${items.map((i) => html`<${Held} key=${i.entry} item=${i} may=${may} chosen=${chosen.has(i.entry)} onChoose=${(on) => choose(i.entry, on)} />`)}</ul>
		${may && sound.length > 0 && html`<div class="actions"><button class=${first ? undefined : "secondary outline"} disabled=${ids.length === 0} onClick=${admit}>
				${ids.length > 0 ? t("centre.letin.chosen", { n: ids.length }) : t("centre.letin.choose")}</button>
			<button class="secondary outline" onClick=${() => setChosen(new Set(sound.map((i) => i.entry)))}>${t("centre.letin.all")}</button></div>`}</section>`;
}

export function view({ query, me }) {
	const offset = Number(query.offset || 0);
	const of = useApi("held", { offset, limit: SIZE, ...(query.scope ? { scope: query.scope } : {}) });
	const [done, setDone] = useState(0);
	const groups = (held) => Object.entries(held.reduce((all, h) => ({ ...all, [h.scope]: [...(all[h.scope] || []), h] }), {}));
	return html`<${QueueTabs} here="held" me=${me} /><p class="lead">${t("centre.letin.lead")} ${t(me.may("admit") ? "centre.letin.lead.may" : "centre.letin.lead.others")}</p>
		${done > 0 && html`<${Notice} kind="good"><p>${t("centre.letin.done", { n: number(done) })}</p></${Notice}>`}
		<${Answer} of=${of}>${(data) => data.held.length === 0 ? html`<section class="card"><${Empty}><p>${t("centre.letin.none")}</p></${Empty}></section>`
			: html`${groups(data.held).map(([scope, items], i) => html`<${Of} key=${scope} scope=${scope} items=${items} may=${me.may("admit")} first=${i === 0}
					onDone=${(n) => { setDone((old) => old + n); refresh(); }} />`)}
				<${Pager} total=${data.total} offset=${offset} size=${SIZE} to=${(o) => links.held({ ...query, offset: o || undefined })} />`}</${Answer}>`;
}
