// accounts: who works at the centre: role, communes, where the key lies, whether it still counts. A registrar may revoke a
// registrar here; everything else about accounts needs the root's key, which is never typed into a browser (decision 0024).
import { api, html, refresh, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Notice } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { roleName } from "./role.js";
import { sign } from "./sign.js";

export const path = "/accounts";
export const title = "centre.accounts.title";
export const needs = "staff_list";
export const menu = { icon: "person", label: "centre.menu.accounts", group: "care" };
export const wide = true;

async function revoke(s) {
	const done = await sign({
		title: t("centre.accounts.revoke"), action: t("centre.accounts.revoke"), reason: true,
		what: html`<p>${t("centre.accounts.revoke.what", { name: s.name })}</p><p class="fingerprint">${s.fingerprint}</p>`,
		run: (passphrase, say, reason) => api("revoke", { key: s.key, reason, passphrase }),
	});
	if (done) refresh();
}

function State({ of }) {
	if (of.revoked_from !== undefined) return html`<${Badge} kind="bad">${t("centre.accounts.revoked")}</${Badge}>`;
	if (!of.admitted) return html`<${Badge} kind="wait">${t("centre.accounts.uncertified")}</${Badge}>`;
	return html`<${Badge} kind="good">${t("centre.accounts.active")}</${Badge}>`;
}

function ends(me, s) {
	return me.may("revoke") && s.role === "registrar" && s.account !== me.account && s.revoked_from === undefined;
}

export function view({ me }) {
	const of = useApi("staff_list");
	const staff = (of.data || {}).staff || [];
	const columns = [
		{ key: "name", label: t("centre.accounts.name"), cell: (s) => html`<strong>${s.name}</strong>${s.title && html`<br /><span class="soft">${s.title}</span>`}` },
		{ key: "account", label: t("centre.me.account"), cell: (s) => (s.account ? html`<a href=${links.acts({ account: s.account })}>${s.account}</a>` : "—") },
		{ key: "role", label: t("centre.me.role"), cell: (s) => roleName(s.role) },
		{ key: "communes", label: t("centre.me.scope"), cell: (s) => (s.all ? t("centre.scope.all") : t("centre.scope.some", { n: s.communes })) },
		{ key: "custody", label: t("centre.me.custody"), cell: (s) => t("centre.custody.short." + s.custody) },
		{ key: "state", label: t("centre.accounts.state"), cell: (s) => html`<${State} of=${s} />` },
		{ key: "act", label: t("centre.accounts.act"), cell: (s) => ends(me, s)
			&& html`<button type="button" class="secondary outline auto small" onClick=${() => revoke(s)}>${t("centre.accounts.revoke")}</button>` },
	].filter((c) => c.key !== "act" || staff.some((s) => ends(me, s)));
	return html`<${Answer} of=${of}>${(d) => html`<section class="card">
			<${Table} caption=${t("centre.accounts.title")} columns=${columns} rows=${d.staff} rowKey=${(s) => s.key} /></section>`}</${Answer}>
		<${Notice} title=${t("centre.accounts.root")}><p>${t("centre.accounts.root.text")}</p>
			<p><code>kiemke-collector staff add</code> · ${t("centre.accounts.root.add")}</p><p><code>kiemke-collector revoke</code> · ${t("centre.accounts.root.revoke")}</p></${Notice}>
		<div class="actions"><a role="button" class="auto secondary outline" href=${links.passphrase()}>${t("centre.passphrase.title")}</a></div>`;
}
