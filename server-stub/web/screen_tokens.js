// tokens: access tokens by which Excel and Power BI read the tables of the centre (docs/ODATA.md): as whom, since when, when last, until
// when. A registrar makes one, which is shown once, and takes it back. The form they are written by came with a newer program than some
// collectors: where it is not published, the screen says by which command it is, for that takes the root's key (decision 0024).
import { api, date, html, refresh, t, time, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Answer, Empty, Failure, Notice } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import { Copy } from "./copy.js";
import * as links from "./links.js";
import { roleName } from "./role.js";
import { sign } from "./sign.js";

export const path = "/tokens";
export const title = "centre.tokens.title";
export const needs = ["token_list", "staff_list"];
export const menu = { icon: "link", label: "centre.tokens.menu", group: "care" };
export const wide = true;

const LOOK = { open: "good", past: "info", closed: "bad" };
const COMMAND = "kiemke-collector form publish --missing";

/** "Trần Quốc Bảo · Tổng hợp báo cáo · Toàn quốc" */
function reader(s) {
	return [s.name, roleName(s.role), s.all ? t("centre.scope.all") : t("centre.scope.some", { n: s.communes })].join(" · ");
}

const works = (s) => s.account && s.admitted && s.revoked_from === undefined;

async function revoke(x) {
	const done = await sign({
		title: t("centre.tokens.revoke"), action: t("centre.tokens.revoke"), reason: true,
		what: html`<p>${t("centre.tokens.revoke.what", { name: x.name })}</p>`,
		run: (passphrase, say, reason) => api("token_revoke", { id: x.id, reason, passphrase }),
	});
	if (done) refresh();
}

function Made({ of, onDone }) {
	return html`<section class="card" aria-labelledby="made"><h2 id="made">${of.name}</h2>
		<${Notice} kind="wait"><p>${t("centre.tokens.once")}</p></${Notice}>
		<${Copy} label=${t("centre.tokens.token")} text=${of.token} action=${t("centre.tokens.copy")} primary />
		<${Copy} label=${t("centre.tokens.address")} text=${`${location.origin}/odata/`} action=${t("centre.tokens.copy_address")} />
		<p>${t("centre.tokens.excel")}</p>
		<div class="actions"><button type="button" class="secondary outline" onClick=${onDone}>${t("centre.tokens.kept")}</button></div></section>`;
}

function New({ staff, onMade }) {
	const [of, set] = useState({ name: "", account: "", ends_on: "" });
	const [tried, setTried] = useState(false);
	const lacks = (name) => tried && of[name].trim() === "" && t("page.needed");
	const place = (name) => ({ name, value: of[name], onInput: (v) => set({ ...of, [name]: v }) });
	const whose = staff.find((s) => s.account === of.account);
	const make = async (e) => {
		e.preventDefault();
		setTried(true);
		if (of.name.trim() === "" || !whose) return;
		const made = await sign({
			title: t("centre.tokens.make"), action: t("centre.tokens.make"),
			what: html`<dl class="values"><div><dt>${t("centre.tokens.name")}</dt><dd>${of.name}</dd></div><div><dt>${t("centre.tokens.reads")}</dt><dd>${reader(whose)}</dd></div>
				<div><dt>${t("centre.tokens.ends")}</dt><dd>${of.ends_on || t("centre.tokens.year")}</dd></div></dl>`,
			run: (passphrase) => api("token_add", { name: of.name.trim(), account: of.account, ...(of.ends_on && { ends_on: of.ends_on }), passphrase }),
		});
		if (made) onMade(made);
	};
	return html`<form class="card" novalidate onSubmit=${make} aria-labelledby="new"><h2 id="new">${t("centre.tokens.new")}</h2>
		<${Field} label=${t("centre.tokens.name")} hint=${t("centre.tokens.name.hint")} maxlength="100" wrong=${lacks("name")} ...${place("name")} />
		<${Field} type="choice" label=${t("centre.tokens.reads")} hint=${t("centre.tokens.reads.hint")} wrong=${lacks("account")} ...${place("account")}
			options=${[{ value: "", label: t("centre.tokens.choose") }, ...staff.map((s) => ({ value: s.account, label: reader(s) }))]} />
		<${Field} label=${t("centre.tokens.ends")} hint=${t("centre.tokens.ends.hint")} inputmode="numeric" ...${place("ends_on")} />
		<div class="actions"><button type="submit">${t("centre.tokens.make")}</button></div></form>`;
}

const at = (unix) => (unix ? html`<span class="nowrap">${date(unix)}</span> <span class="nowrap">${time(unix)}</span>` : html`<span class="soft">${t("centre.tokens.unused")}</span>`);

function List({ tokens, staff, me }) {
	const whose = (x) => staff.find((s) => s.account === x.account);
	const open = me.may("token_revoke") && tokens.some((x) => x.state === "open");
	const columns = [
		{ label: t("centre.tokens.name"), cell: (x) => html`<strong>${x.name}</strong>${x.reason && html`<br /><span class="soft">${x.reason}</span>`}` },
		{ label: t("centre.tokens.reads"), cell: (x) => html`<a href=${links.acts({ account: x.account })}>${x.account}</a>${whose(x) && html`<br /><span class="soft">${reader(whose(x))}</span>`}` },
		{ label: t("centre.tokens.made"), cell: (x) => at(x.made_at) },
		{ label: t("centre.tokens.used"), cell: (x) => at(x.used_at) },
		{ label: t("centre.tokens.ends"), cell: (x) => html`<span class="nowrap">${x.ends_text}</span>` },
		{ label: t("centre.accounts.state"), cell: (x) => html`<${Badge} kind=${LOOK[x.state]}>${t("token.state." + x.state)}</${Badge}>` },
		open && { label: t("centre.accounts.act"), cell: (x) => x.state === "open"
			&& html`<button type="button" class="secondary outline auto small" onClick=${() => revoke(x)}>${t("centre.tokens.revoke.do")}</button>` },
	].filter(Boolean);
	return html`<section class="card"><h2>${t("centre.tokens.all")}</h2>
		${tokens.length === 0 ? html`<${Empty} icon="link"><p>${t("token.none")}</p></${Empty}>`
			: html`<${Table} caption=${t("centre.tokens.all")} columns=${columns} rows=${tokens} rowKey=${(x) => x.id} />`}</section>`;
}

function Missing() {
	return html`<${Notice} kind="wait" title=${t("centre.tokens.missing")}><p>${t("centre.tokens.missing.text")}</p>
		<${Copy} label=${t("centre.tokens.missing.command")} text=${COMMAND} action=${t("centre.tokens.missing.copy")} /></${Notice}>`;
}

export function view({ me }) {
	const of = useApi("token_list");
	const people = useApi("staff_list"), staff = ((people.data || {}).staff || []).filter((s) => s.account);
	const [made, setMade] = useState(null);
	if (made) return html`<${Made} of=${made} onDone=${() => { setMade(null); refresh(); }} />`;
	return html`<p class="lead">${t("centre.tokens.lead")}</p>
		<${Answer} of=${of}>${(d) => html`${!d.ready && html`<${Missing} />`}
			${d.ready && me.may("token_add") && people.error && html`<${Failure} error=${people.error} again=${people.again} />`}
			${d.ready && me.may("token_add") && people.data && html`<${New} staff=${staff.filter(works)} onMade=${setMade} />`}
			<${List} tokens=${d.tokens} staff=${staff} me=${me} />`}</${Answer}>`;
}
