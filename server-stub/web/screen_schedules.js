// schedules: what is asked of whom and when; which ask the same twice; a new one, and the end of one, each signed.
import { api, html, moment, number, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Answer, Empty, Notice } from "/lib/notice.js";
import { FormField, shown } from "./form_fields.js";
import { sign } from "./sign.js";

export const path = "/schedules";
export const title = "centre.schedules.title";
export const needs = ["schedule_list", "schedule_show"];
export const menu = { icon: "calendar", label: "centre.schedules.title", group: "care" };

const STATE = { in_force: "good", coming: "wait", ended: "info" };
const text = (s, name) => (s.fields[name] ? s.fields[name].text : "");

/** When each period is due: what is asked of it and said of it. */
const DUE = { hang_tuan: ["due_weekday"], hang_thang: ["due_day"], hang_quy: ["due_day"], hang_nam: ["due_day", "due_month"], mot_lan: ["due_date"] };
const HINTED = new Set(["due_day", "due_month", "due_date", "due_hour", "scopes", "starts_on", "ends_on"]);

/** "Hạn nộp: 12 giờ Thứ Tư hằng tuần" */
function due(s) {
	const period = (s.fields.period || {}).value;
	return DUE[period] && t("centre.schedules.due." + period, Object.fromEntries(["due_hour", ...DUE[period]].map((n) => [n.slice("due_".length), text(s, n)])));
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

/** A field of tags is typed with commas. */
const typed = (fields, all) => Object.fromEntries(all.filter((f) => (fields[f.name] || "").trim() !== "").map((f) =>
	[f.name, f.type === "tags" ? fields[f.name].split(",").map((x) => x.trim()).filter(Boolean) : fields[f.name]]));

function New({ form }) {
	const [fields, setFields] = useState({});
	const [meant, setMeant] = useState(false), [tried, setTried] = useState(false);
	const due = DUE[fields.period] || [];
	const all = form.sections.flatMap((s) => s.fields).filter((f) => shown(f) && (!f.conditional || due.includes(f.name))).map((f) => ({ ...f, required: f.required || f.conditional, unit: undefined }));
	const words = (f) => (f.list ? (f.list.find((x) => x.v === fields[f.name]) || {})[document.documentElement.lang] : fields[f.name]);
	const lacks = (f) => f.required && (fields[f.name] || "").trim() === "";
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (all.some(lacks)) return;
		const done = await sign({
			title: t("centre.schedules.publish"), action: t("centre.schedules.publish"),
			what: html`<dl class="values">${all.filter((f) => fields[f.name]).map((f) => html`<div key=${f.name}><dt>${f.label[document.documentElement.lang]}</dt><dd>${words(f)}</dd></div>`)}</dl>`,
			run: (passphrase) => api("schedule_publish", { fields: typed(fields, all), ...(meant ? { overlap: true } : {}), passphrase }),
		});
		if (!done) return;
		setFields({});
		setTried(false);
		setMeant(false);
		refresh();
	};
	const more = (f) => HINTED.has(f.name) && t("centre.schedules.hint." + f.name);
	return html`<section class="card" aria-labelledby="new"><h2 id="new">${t("centre.schedules.new")}</h2><form novalidate onSubmit=${submit}><p class="soft">${t("centre.schedules.required")}</p>
		${all.map((f) => html`<${FormField} key=${f.name} field=${f} more=${more(f)} wrong=${tried && lacks(f) && t("page.needed")} value=${fields[f.name]} onInput=${(v) => setFields((old) => ({ ...old, [f.name]: v }))} />`)}
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
