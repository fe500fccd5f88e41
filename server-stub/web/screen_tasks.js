// tasks: what communes were asked to put right: open, overdue, answered by a later check, ended.
import { go, html, number, t, useApi } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Answer, Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { capital } from "./submission_parts.js";
import { Task } from "./task_parts.js";

export const path = "/tasks";
export const title = "centre.tasks.title";
export const needs = "task_list";
export const menu = { icon: "check", label: "centre.tasks.title", group: "work" };

const STATES = ["open", "overdue", "done", "cancelled"];

function nothing(query, data, me) {
	if (data.next !== undefined) return "centre.tasks.none.here";
	if (query.state) return "centre.tasks.none";
	return me.may("task_add") ? "centre.tasks.none.yet" : "centre.tasks.none.others";
}

export function view({ query, me }) {
	const of = useApi("task_list", { ...(query.state && { state: query.state }), ...(query.before && { before: Number(query.before) }) });
	return html`<div class="fields"><${Field} type="choice" label=${t("centre.submissions.state")} value=${query.state || ""} onInput=${(state) => go(links.tasks({ state }).slice(1))}
			options=${[{ value: "", label: t("centre.submissions.all") }, ...STATES.map((s) => ({ value: s, label: capital(t(`task.state.${s}`)) }))]} /></div>
		<${Answer} of=${of}>${(data) => html`<section class="card" aria-label=${t("centre.tasks.title")}>${data.tasks.length === 0 ? html`<${Empty} icon="list"><p>${t(nothing(query, data, me))}</p></${Empty}>`
				: html`<ul class="rows">${data.tasks.map((x) => html`<${Task} key=${x.id} of=${x} me=${me} about />`)}</ul>`}</section>
			${(data.total > 0 || data.more_than) && html`<p class="soft">${t(data.more_than ? "centre.tasks.count.more" : "centre.tasks.count", { n: data.total })}</p>`}
			${data.next !== undefined && html`<div class="actions"><a role="button" class="secondary outline" href=${links.tasks({ ...query, before: data.next })}>${t("centre.pager.after")}</a></div>`}`}</${Answer}>`;
}
