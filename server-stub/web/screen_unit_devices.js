// unit_devices: the PCs of a commune and who works on each; when the last line of each came. A registrar revokes a PC from now on, or from
// behind the last line that is known to be good: what came later is held, and can be let in line by line.
import { api, date, html, refresh, t, time, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { sign } from "./sign.js";

export const path = "/devices/:scope";
export const title = "centre.pcs.title";
export const within = "/devices";
export const needs = "keys";

/** From where on: chosen in the dialog, before it is signed. */
function From({ last, pick }) {
	const [from, setFrom] = useState("now");
	const choose = (value) => { setFrom(value); pick(value); };
	const option = (value, words) => html`<label><input type="radio" name="from" value=${value} checked=${from === value} onChange=${() => choose(value)} /><span>${words}</span></label>`;
	return html`<fieldset class="sides"><legend>${t("centre.pcs.from")}</legend>
		${option("now", t("centre.pcs.from.now"))}
		${last > 0 && option("last", t("centre.pcs.from.last", { n: last }))}
	</fieldset>`;
}

async function revoke(k, last) {
	let from = "now";
	const words = t(k.role === "clerk" ? "centre.pcs.revoke.clerk" : "centre.pcs.revoke");
	const done = await sign({
		title: words, action: words, reason: true,
		what: html`<p>${t("centre.pcs.revoke.what", { name: k.name || t("centre.pcs.unnamed") })}</p><p class="fingerprint">${k.fingerprint}</p>
			<${From} last=${last} pick=${(value) => { from = value; }} />`,
		run: (passphrase, say, reason) => api("revoke", { key: k.key, reason, passphrase, ...(from === "last" ? { from: last + 1 } : {}) }),
	});
	if (done) refresh();
}

function State({ of }) {
	if (of.revoked_from !== undefined) return html`<${Badge} kind="bad">${t("centre.pcs.revoked", { n: of.revoked_from })}</${Badge}>`;
	if (!of.admitted) return html`<${Badge} kind="wait">${t("centre.accounts.uncertified")}</${Badge}>`;
	return html`<${Badge} kind="good">${t("centre.accounts.active")}</${Badge}>`;
}

function Last({ of }) {
	if (of.last_index === undefined) return html`<span class="soft">${t("centre.pcs.nothing")}</span>`;
	return html`<span class="soft">${t("centre.pcs.last", { at: `${date(of.last_at)} ${time(of.last_at)}`, n: of.last_index })}</span>`;
}

function Clerk({ of, me }) {
	return html`<li key=${of.key}><div class="grow"><p><${Icon} name="person" /> <strong>${of.name}</strong>${of.title && ` · ${of.title}`} <${State} of=${of} /></p>
			<p><${Last} of=${of} /></p></div>
		${me.may("revoke") && of.revoked_from === undefined && html`<button type="button" class="secondary outline auto small" onClick=${() => revoke(of, of.last_index || 0)}>${t("centre.pcs.revoke.clerk")}</button>`}</li>`;
}

function Pc({ of, clerks, me }) {
	const last = Math.max(0, ...clerks.map((c) => c.last_index || 0));
	return html`<section class="card">
		<h2>${of.name || t("centre.pcs.unnamed")} <${State} of=${of} /></h2>
		<p class="soft">${t("centre.unit.fingerprint")}</p><p class="fingerprint">${of.fingerprint}</p>
		<p class="soft">${of.contact_at ? t("centre.pcs.contact", { at: `${date(of.contact_at)} ${time(of.contact_at)}` }) : t("centre.pcs.nocontact")}</p>
		<ul class="rows">${clerks.map((c) => html`<${Clerk} key=${c.key} of=${c} me=${me} />`)}</ul>
		${clerks.length === 0 && html`<p class="soft">${t("centre.pcs.noclerk")}</p>`}
		${me.may("revoke") && of.revoked_from === undefined && html`<div class="actions">
			<a role="button" class="auto secondary outline" href=${links.slipOf(of.scope[0])}>${t("centre.pcs.replace")}</a>
			<button type="button" class="secondary outline auto" onClick=${() => revoke(of, last)}>${t("centre.pcs.revoke")}</button></div>`}
	</section>`;
}

export function view({ params, me, onTitle }) {
	const of = useApi("keys", { scope: params.scope });
	const found = useApi("catalogue_list", { text: params.scope, limit: 1 });
	const unit = ((found.data || {}).units || []).find((u) => u.code === params.scope);
	const name = unit && t("centre.pcs.of", { unit: unit.name });
	useEffect(() => onTitle(name), [name]);
	return html`<p class="lead">${unit ? html`<a href=${links.unit(unit.code)}>${unit.name} (${unit.code})</a> · ${unit.province_name}` : t("centre.pcs.commune", { code: params.scope })}</p>
		<div><${Answer} of=${of}>${(d) => {
			const pcs = d.keys.filter((k) => k.role === "device"), clerks = d.keys.filter((k) => k.role === "clerk");
			const known = new Set(pcs.map((p) => p.fingerprint));
			const rest = clerks.filter((c) => !known.has(c.device));
			if (pcs.length + clerks.length === 0) return html`<section class="card"><${Empty} icon="lock"><p>${t("centre.pcs.none")}</p>
				${me.may("enrol_code") && html`<div class="actions"><a role="button" class="auto" href=${links.slipOf(params.scope)}><${Icon} name="paper" /> ${t("centre.devices.slip")}</a></div>`}</${Empty}></section>`;
			return html`${pcs.map((p) => html`<${Pc} key=${p.key} of=${p} me=${me} clerks=${clerks.filter((c) => c.device === p.fingerprint)} />`)}
				${rest.length > 0 && html`<section class="card" aria-labelledby="rest"><h2 id="rest">${t("centre.pcs.rest")}</h2>
					<ul class="rows">${rest.map((c) => html`<${Clerk} key=${c.key} of=${c} me=${me} />`)}</ul></section>`}
				${me.may("revoke") && me.may("enrol_code") && html`<p class="soft">${t("centre.pcs.replace.text")}</p>`}`;
		}}</${Answer}></div>
		<div class="actions"><a role="button" class="auto secondary outline" href=${links.devices()}>${t("page.back")}</a>
			<a role="button" class="auto secondary outline" href=${links.held({ scope: params.scope })}>${t("centre.devices.held.do")}</a></div>`;
}
