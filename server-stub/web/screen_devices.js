// devices: who waits to be let in, each with the fingerprint to compare on the phone; and the way to a commune's PCs.
import { api, date, go, html, refresh, t, time, useApi, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { sign } from "./sign.js";

export const path = "/devices";
export const title = "centre.devices.title";
export const needs = "keys";
export const menu = { icon: "lock", label: "centre.menu.devices", group: "care" };

const POLL_MS = 15000;

async function approve(w) {
	const done = await sign({
		title: t(w.what === "device" ? "centre.devices.approve.pc" : "centre.devices.approve.clerk"), action: t("centre.devices.approve"),
		what: html`<p>${t("centre.devices.compare", { name: w.name || t("centre.pcs.unnamed") })}</p><p class="fingerprint">${w.fingerprint}</p>
			${(w.clerks || []).length > 0 && html`<p>${t("centre.devices.with", { names: w.clerks.map((c) => c.name).join(", ") })}</p>`}`,
		run: (passphrase) => api("enrol_approve", { key: w.key, request: w.request, passphrase }),
	});
	if (done) refresh();
}

function Waiting() {
	const of = useApi("enrol_list", {}, POLL_MS);
	return html`<section class="card" aria-labelledby="waiting"><h2 id="waiting">${t("centre.devices.waiting")}</h2>
		<${Answer} of=${of}>${(d) => (d.waiting.length === 0 ? html`<${Empty}><p>${t("centre.devices.nobody")}</p></${Empty}>`
			: html`<ul class="rows">${d.waiting.map((w) => html`<li key=${w.fingerprint}>
				<div class="grow"><p><${Icon} name=${w.what === "device" ? "lock" : "person"} /> <strong>${w.name || t("centre.pcs.unnamed")}</strong>
						<span class="soft"> · ${t(w.what === "device" ? "centre.devices.pc" : "centre.devices.clerk")} · ${w.unit ? `${w.unit} (${w.scope})` : t("centre.devices.commune", { code: w.scope })}</span></p>
					<p class="soft">${t(w.what === "device" ? "centre.devices.fingerprint" : "centre.unit.fingerprint")}</p><p class="fingerprint">${w.fingerprint}</p>
					${w.contact_at && html`<p class="soft">${t(w.what === "device" ? "centre.devices.asked" : "centre.pcs.contact", { at: `${date(w.contact_at)} ${time(w.contact_at)}` })}</p>`}</div>
				<button type="button" class="secondary outline auto" onClick=${() => approve(w)}>${t("centre.devices.approve")}</button>
			</li>`)}</ul>`)}</${Answer}></section>`;
}

function Find() {
	const [code, setCode] = useState("");
	const [tried, setTried] = useState(false);
	const wrong = tried && !/^\d{5}$/.test(code) ? t("centre.devices.code.wrong") : "";
	const submit = (e) => {
		e.preventDefault();
		setTried(true);
		if (/^\d{5}$/.test(code)) go(links.unitDevices(code).slice(1));
	};
	return html`<section class="card" aria-labelledby="find"><h2 id="find">${t("centre.devices.find")}</h2>
		<form class="bar" novalidate onSubmit=${submit}>
			<${Field} label=${t("centre.devices.code")} inputmode="numeric" maxlength="5" value=${code} onInput=${setCode} wrong=${wrong} />
			<button type="submit" class="auto secondary outline">${t("centre.devices.find.do")}</button>
		</form><p class="soft"><a href=${links.units()}>${t("centre.devices.units")}</a></p></section>`;
}

export function view({ me }) {
	return html`${me.may("enrol_code") && html`<div class="actions below"><a role="button" class="auto" href=${links.slipOf("")}><${Icon} name="paper" /> ${t("centre.devices.slip")}</a></div>`}
		${me.may("enrol_list") && html`<${Waiting} />`}
		<${Find} />
		<section class="card" aria-labelledby="held"><h2 id="held">${t("centre.held.title")}</h2><p>${t("centre.devices.held")}</p>
			<div class="actions"><a role="button" class="auto secondary outline" href=${links.held()}>${t("centre.devices.held.do")}</a></div></section>`;
}
