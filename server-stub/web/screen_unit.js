// unit: one commune: this week and the weeks before, whom to call, its PCs and clerks, its names over the years, its mergers and the parts that went.
import { api, html, refresh, t, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";
import { STATES } from "./screen_board.js";
import { weekName } from "./week.js";

export const path = "/unit/:code";
export const title = "centre.unit.title";
export const within = "/units";
export const needs = "unit_show";

const kindOf = (unit) => "centre.unit.kind." + unit.kind.replace("_", "");

function Phone({ of }) {
	return of ? html`<a href=${`tel:${of.replaceAll(" ", "")}`}>${of}</a>` : t("centre.list.nophone");
}

function Now({ board }) {
	return html`<section class="card"><h2>${t("centre.unit.now")}</h2><dl class="values">
		<div><dt>${t("centre.unit.statement")}</dt><dd><${Badge} kind=${STATES[board.state]}>${board.state_text}</${Badge}></dd></div>
		<div><dt>${t("centre.list.heard")}</dt><dd>${board.heard_text || t("centre.list.never")}</dd></div>
		<div><dt>${t("centre.list.seen")}</dt><dd>${board.seen_text || t("centre.list.never")}</dd></div>
		<div><dt>${t("centre.list.contact")}</dt><dd>${board.contact || t("centre.list.nobody")}</dd></div>
		<div><dt>${t("centre.list.phone")}</dt><dd><${Phone} of=${board.phone} /></dd></div></dl></section>`;
}

/** Whom to call by the centre's own directory, where the statements name nobody; whoever may, mends it. */
function Directory({ unit, me }) {
	const now = unit.directory || { name: "", phone: "" };
	const [of, set] = useState(null);
	const [error, setError] = useState(null);
	const save = async (e) => {
		e.preventDefault();
		try {
			await api("contacts_set", { code: unit.code, name: of.name.trim(), phone: of.phone.trim() });
			set(null);
			setError(null);
			refresh();
		} catch (err) {
			setError(err);
		}
	};
	const place = (name, label) => html`<${Field} name=${name} label=${t(label)} value=${of[name]} onInput=${(v) => set({ ...of, [name]: v })} />`;
	return html`<section class="card" aria-labelledby="directory"><h2 id="directory">${t("centre.unit.directory")}</h2>
		<p class="soft">${t("centre.unit.directory.used")}</p>
		${error && html`<${Failure} error=${error} />`}
		${of ? html`<form novalidate onSubmit=${save}>${place("name", "centre.list.contact")}${place("phone", "centre.list.phone")}<p class="soft">${t("centre.unit.directory.none")}</p>
				<div class="actions"><button type="submit">${t("centre.unit.directory.save")}</button>
					<button type="button" class="secondary outline" onClick=${() => { set(null); setError(null); }}>${t("centre.sign.cancel")}</button></div></form>`
			: html`<dl class="values"><div><dt>${t("centre.list.contact")}</dt><dd>${now.name || t("centre.list.nobody")}</dd></div>
				<div><dt>${t("centre.list.phone")}</dt><dd><${Phone} of=${now.phone} /></dd></div></dl>
			${me.may("contacts_set") && html`<div class="actions"><button type="button" class="auto secondary outline" onClick=${() => set(now)}>${t("centre.unit.directory.edit")}</button></div>`}`}</section>`;
}

const SAID = { verified: "good", unverified: "wait", nothing: "info" };

function Weeks({ weeks }) {
	return html`<section class="card"><h2>${t("centre.unit.weeks")}</h2>
		<ul class="rows">${weeks.map((w) => html`<li key=${w.week}><p class="grow">${weekName(w.week)}</p><${Badge} kind=${SAID[w.said] || "bad"}>${w.text}</${Badge}></li>`)}</ul></section>`;
}

function People({ code }) {
	const of = useApi("keys", { scope: code });
	return html`<section class="card"><h2>${t("centre.unit.people")}</h2><${Answer} of=${of}>${({ keys }) => keys.length === 0
		? html`<p class="soft">${t("centre.unit.nobody")}</p>`
		: html`<${Table} caption=${t("centre.unit.people")} rows=${keys} rowKey=${(k) => k.key} columns=${[
			{ label: t("centre.unit.who"), cell: (k) => [k.name || (k.role === "device" && t("centre.pcs.unnamed")), k.title].filter(Boolean).join(", ") },
			{ label: t("centre.unit.role"), cell: (k) => t(k.role === "device" ? "centre.unit.role.device" : "centre.unit.role.clerk") },
			{ label: t("centre.unit.fingerprint"), key: "fingerprint" },
			{ label: t("centre.board.state"), cell: (k) => k.revoked_from === undefined ? html`<${Badge} kind="good">${t("centre.unit.valid")}</${Badge}>`
				: html`<${Badge} kind="bad">${t("centre.unit.revoked")}</${Badge}>` },
		]} />`}</${Answer}>
		<div class="actions"><a role="button" class="auto secondary outline" href=${links.unitDevices(code)}>${t("centre.pcs.title")}</a></div></section>`;
}

function Others({ label, units }) {
	if (units.length === 0) return null;
	return html`<p>${label} ${units.map((u, i) => html`${i > 0 && "; "}<a key=${u.code} href=${links.unit(u.code)}>${u.name} (${u.code})</a>`)}</p>`;
}

function Past({ unit }) {
	const nothing = unit.changes.length + unit.merged_from.length + unit.merged_into.length + unit.part_from.length + unit.part_into.length === 0;
	return html`<section class="card"><h2>${t("centre.unit.past")}</h2>
		${nothing && html`<p class="soft">${t("centre.unit.unchanged")}</p>`}
		<ul class="rows">${unit.changes.map((c) => html`<li key=${c.until_text + c.name}><p class="grow"><strong>${c.name}</strong> (${t(kindOf(c))}, ${c.province_name})</p>
			<span>${t("centre.unit.until", { date: c.until_text })}</span></li>`)}</ul>
		<${Others} label=${t("centre.unit.from")} units=${unit.merged_from} /><${Others} label=${t("centre.unit.into")} units=${unit.merged_into} />
		<${Others} label=${t("centre.unit.part_from")} units=${unit.part_from} /><${Others} label=${t("centre.unit.part_into")} units=${unit.part_into} /></section>`;
}

function Missing({ code }) {
	return html`<section class="card"><${Empty} icon="search"><p>${t("centre.unit.missing", { scope: code })}</p><p><a href=${links.units()}>${t("centre.unit.back")}</a></p></${Empty}></section>`;
}

export function view({ params, me, onTitle }) {
	const of = useApi("unit_show", { code: params.code });
	const called = of.data && t("centre.unit.called", { kind: t(kindOf(of.data)), name: of.data.name, code: of.data.code, province: of.data.province_name });
	useEffect(() => { if (called) onTitle(called); }, [called]);
	if (of.error && of.error.key === "units.unknown") return html`<${Missing} code=${params.code} />`;
	return html`<p><a href=${links.units()}>${t("centre.unit.back")}</a></p><${Answer} of=${of}>${(unit) => html`
		${unit.closed && html`<p><${Badge} kind="info">${t("centre.units.closed")}</${Badge}></p>`}
		${unit.board && html`<${Now} board=${unit.board} />`}
		<${Directory} unit=${unit} me=${me} />
		${unit.weeks.length > 0 && html`<${Weeks} weeks=${unit.weeks} />`}
		${me.may("keys") && html`<${People} code=${unit.code} />`}
		<${Past} unit=${unit} />`}</${Answer}>`;
}
