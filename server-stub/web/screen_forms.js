// forms: every form with its versions, those of one's own first; a workbook becomes a draft, or is told cell by cell.
import { api, date, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Failure, Notice, Waiting } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import { said } from "./form_fields.js";
import * as links from "./links.js";

export const path = "/forms";
export const title = "centre.forms.title";
export const needs = "form_list";
export const menu = { icon: "form", label: "centre.forms.title", group: "care" };

/** The bytes of a file in base64. */
function base64(file) {
	return new Promise((done, failed) => {
		const r = new FileReader();
		r.onload = () => done(r.result.slice(r.result.indexOf(",") + 1));
		r.onerror = () => failed(r.error);
		r.readAsDataURL(file);
	});
}

function Findings({ all, caption }) {
	return html`<${Table} caption=${caption} rows=${all} rowKey=${(f) => all.indexOf(f)} columns=${[
		{ label: t("centre.forms.cell"), cell: (f) => html`<span class="nowrap">${f.cell ? `${f.sheet}!${f.cell}` : f.sheet}</span>` },
		{ label: t("centre.forms.what"), key: "text" }]} />`;
}

function Outcome({ got }) {
	const of = (severity) => got.findings.filter((f) => f.severity === severity);
	return html`${got.kept
		? html`<${Notice} kind="good" title=${t("centre.forms.kept")}><p><a href=${links.form(got.form)}>${t("centre.forms.look")}</a></p></${Notice}>`
		: html`<${Notice} kind="bad" title=${t("centre.forms.not_kept", { n: of("error").length })}><p>${t("centre.forms.mend")}</p></${Notice}>`}
		${of("error").length > 0 && html`<${Findings} caption=${t("centre.forms.mend")} all=${of("error")} />`}
		${of("note").length > 0 && html`<h3>${t("centre.forms.notes")}</h3><${Findings} caption=${t("centre.forms.notes")} all=${of("note")} />`}`;
}

function Import() {
	const [busy, setBusy] = useState(false);
	const [got, setGot] = useState(null);
	const [error, setError] = useState(null);
	const take = async (e) => {
		const input = e.currentTarget, file = input.files[0];
		if (!file) return;
		setBusy(true);
		setGot(null);
		setError(null);
		try {
			setGot(await api("form_import", { content: await base64(file), source: file.name }));
			refresh();
		} catch (err) {
			setError(err);
		}
		input.value = "";
		setBusy(false);
	};
	return html`<section class="card" aria-labelledby="bring"><h2 id="bring">${t("centre.forms.bring")}</h2>
		<div class="field"><small class="hint" id="bring-hint">${t("centre.forms.bring_hint")}</small>
			<input id="bring-file" class="visually-hidden" type="file" accept=".xlsx" aria-describedby="bring-hint" disabled=${busy} onChange=${take} />
			<label for="bring-file" class="file"><${Icon} name="upload" /> ${t("centre.forms.pick")}</label></div>
		${busy && html`<${Waiting} />`}
		<div role="status">${got && html`<${Outcome} got=${got} />`}</div>
		${error && html`<${Failure} error=${error} />`}
	</section>`;
}

/** One badge for each version that says something: the newest published, drafts, how many are closed. */
function States({ form }) {
	const published = form.versions.filter((v) => v.state === "published"), closed = form.versions.length - published.length;
	const newest = published[published.length - 1];
	return html`<div class="states">${newest && html`<${Badge} kind="good">${t("centre.forms.published", { n: newest.version })}</${Badge}>`}
		${closed > 0 && html`<${Badge} kind="info">${t("centre.forms.closed", { n: closed })}</${Badge}>`}
		${form.draft && html`<${Badge} kind="wait" icon="edit">${t("centre.forms.draft", { n: form.draft.version })}</${Badge}>`}</div>`;
}

function List({ forms, label, id, may }) {
	return html`<section class="card" aria-labelledby=${id}><h2 id=${id}>${label}</h2>
		${forms.length === 0 && html`<${Empty} icon="form"><p>${t("centre.forms.none")}${may && html`<br />${t("centre.forms.none.bring")}`}</p></${Empty}>`}
		<ul class="rows">${forms.map((f) => html`<li key=${f.form}><div class="grow"><p><a href=${links.form(f.form)}>${said(f.label) || t("centre.forms.unnamed")}</a></p>
			${f.draft && html`<p class="soft">${t("centre.forms.saved", { at: date(f.draft.saved_at) })}</p>`}</div><${States} form=${f} /></li>`)}</ul></section>`;
}

export function view({ me }) {
	const of = useApi("form_list", {});
	return html`${me.may("form_import") && html`<${Import} />`}
		<${Answer} of=${of}>${(d) => html`<${List} id="own" may=${me.may("form_import")} label=${t("centre.forms.own")} forms=${d.forms.filter((f) => !f.built_in && f.class !== "line")} />
			<${List} id="given" label=${t("centre.forms.given")} forms=${d.forms.filter((f) => f.built_in && !["line", "centre"].includes(f.class))} />`}</${Answer}>`;
}
