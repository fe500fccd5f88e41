// task parts: one task of a commune as a row, and the form that gives one.
import { api, html, refresh, t, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Dialog } from "/lib/dialog.js";
import { Field } from "/lib/field.js";
import * as links from "./links.js";
import { sign } from "./sign.js";
import { capital } from "./submission_parts.js";

const LOOK = { open: "wait", overdue: "bad", done: "good", cancelled: "info" };

async function end(of, cancel) {
	const done = await sign({
		title: t(cancel ? "centre.tasks.cancel" : "centre.tasks.close"), action: t(cancel ? "centre.tasks.cancel" : "centre.tasks.close"), reason: true,
		what: html`<p>${of.title} · ${of.owner}</p>`,
		run: (passphrase, say, reason) => api("task_close", { id: of.id, scope: of.scope, reason, ...(cancel && { cancel: true }), passphrase }),
	});
	if (done) refresh();
}

/** about: lead to the record it is about, too. */
export function Task({ of, me, about }) {
	const state = of.overdue ? "overdue" : of.state;
	return html`<li><div class="grow"><p><strong>${of.title}</strong></p>
			<p class="soft">${[of.unit, t("centre.tasks.by", { owner: of.owner }), t("centre.tasks.due", { date: of.due_text })].filter(Boolean).join(" · ")}</p>
			${of.note && html`<p>${of.note}</p>`}
			${of.answer && html`<p><a href=${links.submission({ ...of.answer, scope: of.scope })}>${t("centre.tasks.answer")}</a></p>`}
			${about && html`<p><a href=${links.submission({ scope: of.scope, id: of.target })}>${t("centre.tasks.about")}</a></p>`}</div>
		<${Badge} kind=${LOOK[state]}>${capital(t(`task.state.${state}`))}</${Badge}>
		${me.may("task_close") && of.state === "open" && html`<button type="button" class="small auto secondary outline" onClick=${() => end(of, false)}>${t("centre.tasks.close")}</button>
			<button type="button" class="small auto secondary outline" onClick=${() => end(of, true)}>${t("centre.tasks.cancel")}</button>`}</li>`;
}

const PLACES = [["title", "centre.tasks.what"], ["owner", "centre.tasks.owner"], ["due", "centre.tasks.until"], ["note", "centre.tasks.note"]];

function Form({ onDone }) {
	const [of, set] = useState({ title: "", owner: "", due: "", note: "" });
	const [tried, setTried] = useState(false);
	const lacks = (name) => name !== "note" && of[name].trim() === "";
	const submit = (e) => {
		e.preventDefault();
		setTried(true);
		if (!PLACES.some(([name]) => lacks(name))) onDone(of);
	};
	return html`<form novalidate onSubmit=${submit}>${PLACES.map(([name, label]) => html`<${Field} key=${name} name=${name} label=${t(label)} value=${of[name]}
			onInput=${(v) => set({ ...of, [name]: v })} wrong=${tried && lacks(name) && t("page.needed")} />`)}
		<div class="actions"><button type="submit">${t("centre.tasks.next")}</button></div></form>`;
}

/** A task about a record: what, who, until when; then the seal. */
export function GiveTask({ which, onDone }) {
	const [open, setOpen] = useState(false);
	const give = async (of) => {
		setOpen(false);
		const done = await sign({
			title: t("centre.tasks.give"), action: t("centre.tasks.give"), what: html`<p>${of.title} · ${of.owner} · ${t("centre.tasks.due", { date: of.due })}</p>`,
			run: (passphrase) => api("task_add", { ...which, title: of.title, owner: of.owner, due: of.due, ...(of.note && { note: of.note }), passphrase }),
		});
		if (done) onDone();
	};
	return html`<div class="actions"><button type="button" class="secondary outline" onClick=${() => setOpen(true)}>${t("centre.tasks.give")}</button></div>
		${open && html`<${Dialog} title=${t("centre.tasks.give")} onClose=${() => setOpen(false)}><${Form} onDone=${give} /></${Dialog}>`}`;
}
