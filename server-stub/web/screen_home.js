// home: who is signed in, and what waits for them: a count for each queue their role may see, leading there.
import { html, number, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Unread, Waiting } from "/lib/notice.js";
import * as links from "./links.js";
import { roleName } from "./role.js";

export const path = "/";
export const title = "centre.home.title";
export const menu = { icon: "home", label: "centre.menu.home" };

// operation, how many its answer tells of (with `more_than`, at least so many: the rest was not looked at), words
const QUEUES = [
	{ name: "enrol_list", body: {}, count: (d) => d.waiting.length, label: "centre.home.enrol", to: links.devices() },
	{ name: "held", body: { limit: 1 }, count: (d) => d.total, label: "centre.home.held", to: links.held() },
	{ name: "submissions", body: { state: "received", limit: 1 }, count: (d) => d.total, label: "centre.home.received", to: links.submissions({ state: "received" }) },
	{ name: "conflicts", body: { limit: 1 }, count: (d) => d.total, label: "centre.home.conflicts", to: links.queue("values") },
	{ name: "forks", body: {}, count: (d) => d.forks.filter((f) => !f.revoked).length, label: "centre.queue.forks", to: links.queue("forks") },
	{ name: "task_list", body: { state: "overdue", limit: 1 }, count: (d) => d.total, label: "centre.home.overdue", to: links.tasks({ state: "overdue" }) },
];

/** Green only when all was looked at and nothing is there. */
function Count({ n, more }) {
	if (n === 0 && !more) return html`<${Badge} kind="good">${t("centre.home.none")}</${Badge}>`;
	if (n === 0) return html`<${Badge} kind="wait">${t("centre.home.unsure")}</${Badge}>`;
	return html`<${Badge} kind="wait">${more ? t("centre.home.more", { n }) : number(n)}</${Badge}>`;
}

function Queue({ queue, of }) {
	return html`<li><p class="grow"><a href=${queue.to}>${t(queue.label)}</a></p>
		${of.error ? html`<${Badge} kind="bad">${t("centre.home.unread")}</${Badge}>`
			: of.data ? html`<${Count} n=${queue.count(of.data)} more=${of.data.more_than === true} />` : html`<${Waiting} />`}</li>`;
}

/** Every queue with its count; what could not be read is told once. */
function Queues({ queues }) {
	const all = queues.map((q) => useApi(q.name, q.body)), failed = all.filter((of) => of.error);
	return html`${failed.length > 0 && html`<${Unread} error=${failed[0].error} again=${() => failed.forEach((of) => of.again())} />`}
		<ul class="rows">${queues.map((q, i) => html`<${Queue} key=${q.name} queue=${q} of=${all[i]} />`)}</ul>`;
}

export function view({ me }) {
	const queues = QUEUES.filter((q) => me.may(q.name));
	return html`<section class="card" aria-labelledby="waits"><h2 id="waits">${t("centre.home.waits")}</h2>
			<${Queues} queues=${queues} /></section>
		<section class="card" aria-labelledby="me"><h2 id="me">${t("centre.home.me")}</h2><dl class="values">
			<div><dt>${t("centre.me.name")}</dt><dd>${me.name}${me.title && `, ${me.title}`}</dd></div>
			<div><dt>${t("centre.me.account")}</dt><dd>${me.account}</dd></div>
			<div><dt>${t("centre.me.role")}</dt><dd>${roleName(me.role)}</dd></div>
			<div><dt>${t("centre.me.scope")}</dt><dd>${me.all ? t("centre.scope.all") : t("centre.scope.some", { n: me.communes })}</dd></div>
			<div><dt>${t("centre.me.custody")}</dt><dd>${t("centre.custody." + me.custody)}</dd></div>
		</dl><div class="actions"><a role="button" class="auto secondary outline" href=${links.passphrase()}>${t("centre.passphrase.title")}</a></div></section>`;
}
