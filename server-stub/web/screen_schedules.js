// schedules: what is asked of whom and when; which ask the same twice; a new one, and the end of one, each signed.
import { api, hasText, html, moment, number, refresh, t, useApi, useEffect, useRef, useState, useVersion } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { FormField, said, shown } from "./form_fields.js";
import { sign } from "./sign.js";

export const path = "/schedules";
export const title = "centre.schedules.title";
export const needs = ["schedule_list", "schedule_show"];
export const menu = { icon: "calendar", label: "centre.schedules.title", group: "care" };

const STATE = { in_force: "good", coming: "wait", ended: "info" };
const text = (s, name) => (s.fields[name] ? s.fields[name].text : "");

const HINTED = new Set(["due_day", "due_month", "due_date", "due_hour", "scopes", "starts_on", "ends_on"]);

/** "Hạn nộp: 12 giờ Thứ Tư hằng tuần", of what it says of when it is due. */
function due(s) {
	const dues = Object.keys(s.fields).filter((n) => n.startsWith("due_")).map((n) => [n.slice("due_".length), text(s, n)]);
	const key = "centre.schedules.due." + (s.fields.period || {}).value;
	return hasText(key) && t(key, Object.fromEntries(dues));
}

function Whom({ id }) {
	const of = useApi("schedule_show", { id });
	return html`<${Answer} of=${of}>${(d) => html`<ul>${Object.entries(d.provinces).map(([code, p]) => html`<li key=${code}>${t("centre.schedules.province", { code, name: p.name, n: p.units })}</li>`)}</ul>`}</${Answer}>`;
}

function cancel(s) {
	return sign({
		title: t("centre.schedules.end"), action: t("centre.schedules.end"), reason: true,
		what: html`<p>${t("centre.schedules.end_what", { kind: text(s, "kind"), period: text(s, "period") })}</p>`,
		run: (passphrase, say, reason) => api("schedule_cancel", { id: s.id, reason, passphrase }),
	}).then((done) => done && refresh());
}

function One({ s, me, now }) {
	const [open, setOpen] = useState(false);
	const days = [s.fields.starts_on && t("centre.schedules.from", { at: text(s, "starts_on") }), s.fields.ends_on && t("centre.schedules.to", { at: text(s, "ends_on") })].filter(Boolean);
	return html`<li><div class="grow"><p><strong>${text(s, "kind")}</strong> · ${text(s, "period")}</p>
			<p class="soft">${due(s)}${days.map((d) => ` · ${d}`)}</p>
			<p>${s.scopes.map((x) => x.name || x.code).join(", ")} · ${t("centre.schedules.units", { n: s.units })}</p>
			${s.state === "in_force" && s.due_at && html`<p class="soft">${t("centre.schedules.next", { at: moment(s.due_at, now) })}</p>`}
			${text(s, "note") && html`<p>${text(s, "note")}</p>`}
			<details onToggle=${(e) => setOpen(e.currentTarget.open)}><summary>${t("centre.schedules.whom")}</summary>${open && html`<${Whom} id=${s.id} />`}</details></div>
		<${Badge} kind=${STATE[s.state]}>${t("centre.schedules.state." + s.state)}</${Badge}>
		${s.overlaps.length > 0 && html`<${Badge} kind="bad">${t("centre.schedules.overlap", { n: s.overlaps.length })}</${Badge}>`}
		${me.may("schedule_cancel") && s.state !== "ended" && html`<button type="button" class="secondary outline auto small" onClick=${() => cancel(s)}>${t("centre.schedules.end")}</button>`}</li>`;
}

/** What the form makes of what was typed so far: {live, check(fields)}; the rules are the program's. */
function useCheck() {
	const [state, set] = useState({}), version = useVersion();
	const last = useRef({ fields: {}, n: 0 });
	const check = async (fields) => {
		const mine = { fields, n: last.current.n + 1 };
		last.current = mine;
		const now = await api("schedule_check", { fields }).then((live) => ({ live }), (error) => ({ error }));
		if (last.current === mine) set(now);
		return now.live;
	};
	useEffect(() => { check(last.current.fields); }, [version]);
	return { ...state, check, again: () => check(last.current.fields) };
}

function New({ form }) {
	const [fields, setFields] = useState({});
	const [meant, setMeant] = useState(false), [tried, setTried] = useState(false);
	const { live, error, again, check } = useCheck();
	const given = (now) => Object.fromEntries(Object.keys(fields).filter((n) => now.fields[n].applies).map((n) => [n, fields[n]]));
	const type = (name, value) => {
		const now = { ...fields, [name]: value };
		setFields(now);
		check(now);
	};
	const publish = async () => {
		const now = await check(fields);
		setTried(true);
		if (!now || !now.ready) return;
		const done = await sign({
			title: t("centre.schedules.publish"), action: t("centre.schedules.publish"),
			what: html`<dl class="values">${seen.filter((f) => now.fields[f.name].text).map((f) => html`<div key=${f.name}><dt>${said(f.label)}</dt><dd>${now.fields[f.name].text}</dd></div>`)}</dl>`,
			run: (passphrase) => api("schedule_publish", { fields: given(now), ...(meant ? { overlap: true } : {}), passphrase }),
		});
		if (!done) return;
		setFields({});
		setTried(false);
		setMeant(false);
		check({});
		refresh();
	};
	if (!live) return html`<${Answer} of=${{ error, again }} />`;
	const seen = form.sections.flatMap((s) => s.fields).filter((f) => shown(f) && live.fields[f.name].applies).map((f) => ({ ...f, required: live.fields[f.name].required, unit: undefined }));
	const more = (f) => HINTED.has(f.name) && t("centre.schedules.hint." + f.name);
	const wrong = (f) => tried && (live.fields[f.name].error || live.fields[f.name].missing);
	return html`<section class="card" aria-labelledby="new"><h2 id="new">${t("centre.schedules.new")}</h2><form novalidate onSubmit=${(e) => { e.preventDefault(); publish(); }}><p class="soft">${t("centre.schedules.required")}</p>
		${seen.map((f) => html`<${FormField} key=${f.name} field=${f} more=${more(f)} wrong=${wrong(f)} value=${fields[f.name]} onInput=${(v) => type(f.name, v)} />`)}
		${tried && live.errors.map((e) => html`<${Notice} key=${e} kind="bad"><p>${e}</p></${Notice}>`)}
		<label class="tick whole"><input type="checkbox" checked=${meant} onChange=${(e) => setMeant(e.currentTarget.checked)} />${t("centre.schedules.meant")}</label>
		<div class="actions"><button type="submit">${t("centre.schedules.publish")}</button></div></form></section>`;
}

function Publish() {
	const of = useApi("form_show", { name: "schedule" });
	return html`<${Answer} of=${of}>${(form) => html`<${New} form=${form} />`}</${Answer}>`;
}

export function view({ me }) {
	const of = useApi("schedule_list", {});
	return html`<div><${Answer} of=${of}>${(d) => {
		const rest = d.schedules.filter((s) => s.state !== "ended"), ended = d.schedules.filter((s) => s.state === "ended");
		const now = Date.now() / 1000;
		return html`${rest.some((s) => s.overlaps.length > 0) && html`<${Notice} kind="wait"><p>${t("centre.schedules.overlaps")} ${t(me.may("schedule_cancel") ? "centre.schedules.overlaps.end" : "centre.schedules.overlaps.reporter")}</p></${Notice}>`}
			<section class="card" aria-labelledby="now"><h2 id="now">${t("centre.schedules.now", { n: number(rest.length) })}</h2>
				${rest.length === 0 && html`<${Empty} icon="calendar"><p>${t(me.may("schedule_publish") ? "centre.schedules.none.begin" : "centre.schedules.none")}</p></${Empty}>`}
				<ul class="rows">${rest.map((s) => html`<${One} key=${s.id} s=${s} me=${me} now=${now} />`)}</ul></section>
			${ended.length > 0 && html`<section class="card" aria-labelledby="ended"><h2 id="ended">${t("centre.schedules.ended")}</h2>
				<ul class="rows">${ended.map((s) => html`<${One} key=${s.id} s=${s} me=${me} now=${now} />`)}</ul></section>`}`;
	}}</${Answer}></div>
	${!of.error && me.may("schedule_publish") && html`<${Publish} />`}`;
}
