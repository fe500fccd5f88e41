// form: one form: its versions and draft, what a clerk will see in either language, what changed. Publishing and closing need
// the root's passphrase, which no browser is told (decision 0024): the screen says which command does it.
import { api, date, go, html, lang as here, refresh, t, useApi, useEffect, useState, hasText } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Dialog } from "/lib/dialog.js";
import { Answer, Empty, Failure, Notice } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import { Copy } from "./copy.js";
import { Preview, said } from "./form_fields.js";
import * as links from "./links.js";

export const path = "/form/:name";
export const title = "centre.form.title";
export const within = "/forms";
export const needs = ["form_show", "form_diff"];

const STATE = { published: ["good", "centre.form.state.published"], closed: ["info", "centre.form.state.closed"], draft: ["wait", "centre.form.state.draft"] };

/** Versions, and the draft behind them, as {version, state, published_at, closed_at}. */
function all(form) {
	return [...form.versions, ...(form.draft ? [{ version: form.draft.version, state: "draft", published_at: form.draft.saved_at }] : [])];
}

function Choose({ n, here, onClick }) {
	return html`<button type="button" class=${here ? "secondary auto small" : "secondary outline auto small"} aria-pressed=${here ? "true" : "false"} onClick=${onClick}>
		${t(here ? "centre.form.looking" : "centre.form.look", { n })}</button>`;
}

function Versions({ form, at, look }) {
	return html`<section class="card" aria-labelledby="versions"><h2 id="versions">${t("centre.form.versions")}</h2>
		<ul class="rows">${all(form).map((v) => html`<li key=${v.state + v.version}><div class="grow"><p><strong>${t("centre.form.version", { n: v.version })}</strong></p>
			<p class="soft">${v.state === "draft" ? t("centre.forms.saved", { at: date(v.published_at) }) : t("centre.form.since", { at: date(v.published_at) })}
				${v.closed_at && ` · ${t("centre.form.until", { at: date(v.closed_at) })}`}</p></div>
			<${Badge} kind=${STATE[v.state][0]}>${t(STATE[v.state][1])}</${Badge}>
			<${Choose} n=${v.version} here=${at.state === v.state && at.version === v.version} onClick=${() => look(v)} /></li>`)}</ul></section>`;
}

/** A value of a definition as text. */
function plain(v) {
	if (v === undefined) return "";
	if (v && v.vi !== undefined) return said(v);
	if (Array.isArray(v)) return v.map(plain).join(", ");
	if (typeof v === "boolean") return t(v ? "centre.form.yes" : "centre.form.no");
	return typeof v === "object" ? Object.values(v).map(plain).join(" ") : String(v);
}

/** A side of a change. What says the same before and after in the language of the page was changed in the other one: that is shown. */
function side(c, v) {
	const two = (x) => x && x.vi !== undefined, other = here() === "vi" ? "en" : "vi";
	const unseen = two(c.before) && two(c.after) && c.before[here()] === c.after[here()];
	return unseen ? html`<span class="soft">${t("centre.form.member." + other)}:</span> <span lang=${other}>${v[other]}</span>` : plain(v);
}

function member(c) {
	if (c.member === "") return t("centre.form.change." + c.change);
	return hasText("centre.form.member." + c.member) ? t("centre.form.member." + c.member) : t("centre.form.member.other");
}

function Changes({ form, a, b, names }) {
	const of = useApi("form_diff", b.state === "draft" ? { name: form.form, from: a.version } : { name: form.form, from: a.version, to: b.version });
	const name = (c) => (c.part === "form" ? t("centre.form.whole") : c.part === "list" ? t("centre.form.list") : said(names[c.name]) || plain((c.after || c.before || {}).label || c.after || c.before));
	return html`<section class="card"><h2>${t("centre.form.changes", { a: a.version, b: b.version })}</h2>
		<${Answer} of=${of}>${(d) => d.changes.length === 0 ? html`<${Empty}><p>${t("centre.form.same")}</p></${Empty}>`
			: html`<${Table} caption=${t("centre.form.changes", { a: a.version, b: b.version })} rows=${d.changes} rowKey=${(c) => d.changes.indexOf(c)} columns=${[
				{ label: t("centre.form.where"), cell: name }, { label: t("centre.form.what"), cell: member },
				{ label: t("centre.form.before"), cell: (c) => c.member && side(c, c.before) }, { label: t("centre.form.after"), cell: (c) => c.member && side(c, c.after) }]} />`}</${Answer}></section>`;
}

function Drop({ n, onDrop, onClose }) {
	return html`<${Dialog} title=${t("centre.form.drop.ask", { n })} onClose=${onClose}><p>${t("centre.form.drop.what")}</p>
		<div class="actions"><button type="button" onClick=${onDrop}>${t("centre.form.drop")}</button>
			<button type="button" class="secondary outline" onClick=${onClose}>${t("centre.sign.cancel")}</button></div></${Dialog}>`;
}

function Draft({ form, shown, me }) {
	const [error, setError] = useState(null);
	const [asking, setAsking] = useState(false);
	const drop = async () => {
		setAsking(false);
		try {
			await api("form_discard", { name: form.form });
			if (form.versions.length === 0) go("/forms");
			refresh();
		} catch (e) {
			setError(e);
		}
	};
	return html`${shown.findings.length > 0
		? html`<${Notice} kind="bad" title=${t("centre.form.wrong")}><ul>${shown.findings.map((f, i) => html`<li key=${i}>${f.text}</li>`)}</ul></${Notice}>`
		: html`<${Notice} kind="good" title=${t("centre.form.ready")}>${me.may("form_import") && html`<p>${t("centre.form.root")}</p>
			<${Copy} label=${t("centre.tokens.missing.command")} text=${`kiemke-collector form publish --draft ${form.form} --sha256 ${shown.sha256}`} action=${t("centre.tokens.missing.copy")} />`}</${Notice}>`}
		${error && html`<${Failure} error=${error} />`}
		${me.may("form_discard") && html`<div class="actions below"><button type="button" class="secondary outline" onClick=${() => setAsking(true)}>${t("centre.form.drop")}</button></div>`}
		${asking && html`<${Drop} n=${form.draft.version} onDrop=${drop} onClose=${() => setAsking(false)} />`}`;
}

function Look({ form, at, me }) {
	const [lang, setLang] = useState(here());
	const draft = at.state === "draft";
	const of = useApi("form_show", draft ? { name: form.form, draft: true } : { name: form.form, version: at.version });
	const other = lang === "vi" ? "en" : "vi";
	return html`<${Answer} of=${of}>${(shown) => {
		const names = Object.fromEntries((shown.sections || []).flatMap((s) => s.fields).map((f) => [f.name, f.label]));
		const versions = all(form), i = versions.findIndex((v) => v.state === at.state && v.version === at.version);
		return html`${draft && html`<${Draft} form=${form} shown=${shown} me=${me} />`}
			${i > 0 && html`<${Changes} form=${form} a=${versions[i - 1]} b=${at} names=${names} />`}
			${shown.sections && html`<h2>${t("centre.form.preview", { n: at.version })}</h2>
				<p class="lead">${t("centre.form.preview_lead")}</p>
				<div class="actions below"><button type="button" class="secondary outline" onClick=${() => setLang(other)}>${t("centre.form.in." + other)}</button></div>
				<${Preview} form=${shown} lang=${lang} />`}`;
	}}</${Answer}>`;
}

function One({ form, me, onTitle }) {
	const name = said(form.label);
	useEffect(() => onTitle(name), [name]);
	const versions = all(form);
	const [at, look] = useState(versions[versions.length - 1]);
	const now = versions.find((v) => v.version === at.version && v.state === at.state) || versions[versions.length - 1];
	return html`<${Versions} form=${form} at=${now} look=${look} />
		<${Look} key=${now.state + now.version + here()} form=${form} at=${now} me=${me} />`;
}

export function view({ params, me, onTitle }) {
	const of = useApi("form_list", {});
	return html`<p><a href=${links.forms()}>${t("centre.form.back")}</a></p><${Answer} of=${of}>${(d) => {
		const form = d.forms.find((f) => f.form === params.name);
		return form ? html`<${One} form=${form} me=${me} onTitle=${onTitle} />` : html`<section class="card"><${Empty} icon="form"><p>${t("centre.form.gone")}</p></${Empty}></section>`;
	}}</${Answer}>`;
}
