// home: what is to be done, the most urgent first: what came back, what is due, what waits for a decision,
// what was begun. One primary button: the next thing to do.
import { date, html, moment, number, t, time, useApi, useState, weekday } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Notice, Unread, Waiting } from "/lib/notice.js";
import { Divided } from "./communes.js";
import { DraftsDamaged } from "./drafts_damaged.js";
import * as links from "./links.js";
import { askLeave, leave } from "./notify.js";
import { Fingerprint } from "./start.js";
import { waitText } from "./sync_line.js";

export const path = "/";
export const title = "page.home.title";
export const menu = { icon: "home", label: "page.menu.home" };

/** A link that looks like a button; only the first thing of the page is the primary one. */
function Do({ href, primary, children }) {
	return html`<a role="button" class=${primary ? "auto" : "auto secondary outline"} href=${href}>${children}</a>`;
}

function Returned({ items, now, primary }) {
	return html`<section class="card" aria-labelledby="returned"><h2 id="returned">${t("page.home.returned")}</h2><ul class="rows">
		${items.map((r, i) => html`<li key=${r.review}>
			<div class="grow">
				<p>${r.state === "rejected" && html`<${Badge} kind="bad" icon="comment">${t("page.home.state.rejected")}</${Badge}> `}<strong>${r.kind_label}</strong> · ${r.title}</p>
				<p>${r.reason}</p>
				${r.comments.length > 0 && html`<ul>${r.comments.map((c) => html`<li>${c.label && html`<strong>${c.label}: </strong>`}${c.text}</li>`)}</ul>`}
				<p class="soft">${t("page.home.by", { who: r.who, at: moment(r.at, now) })}</p>
			</div>
			<${Do} href=${r.draft ? links.draft(r.draft) : links.record(r.kind, r.id)} primary=${primary && i === 0}>${t(r.draft ? "page.home.goon" : "page.home.see")}</${Do}>
		</li>`)}
	</ul></section>`;
}

function DueState({ item, now }) {
	const when = { day: weekday(item.due_at), date: date(item.due_at), time: time(item.due_at) };
	if (item.state === "done") return html`<${Badge} kind="good">${t("page.home.done")}</${Badge}>`;
	if (item.state === "late") return html`<${Badge} kind="bad">${t("page.home.late", when)}</${Badge}>`;
	return html`<${Badge} kind=${item.this_week ? "wait" : "info"} icon="clock">${t("page.home.until", when)}</${Badge}>`;
}

/** The places still without a check: each leads to its form. */
function Left({ item }) {
	if (item.left.length === 0) return null;
	return html`<details><summary>${t("page.home.left", { n: item.total - item.done })}</summary><ul>
		${item.left.map((f) => html`<li key=${f.id}><a href=${links.create(item.kind, { facility_id: f.id })}>${f.title}</a></li>`)}
	</ul></details>`;
}

function Due({ heading, id, items, now, primary }) {
	return html`<section class="card" aria-labelledby=${id}><h2 id=${id}>${t(heading)}</h2><ul class="rows">
		${items.map((d, i) => html`<li key=${d.schedule}>
			<div class="grow">
				<p><strong>${d.kind_label}</strong> <span class="soft">· ${d.period_text}</span></p>
				<p><${DueState} item=${d} now=${now} /> ${d.total > 1 && html`<span class="num">${t("page.home.progress", { done: d.done, total: d.total })}</span>`}</p>
				<${Left} item=${d} />
			</div>
			${d.state !== "done" && html`<${Do} href=${d.draft ? links.draft(d.draft) : links.create(d.kind)} primary=${primary === i}>
				${t(d.draft ? "page.home.goon" : "page.home.begin")}</${Do}>`}
		</li>`)}
	</ul></section>`;
}

/** The check that answers a task: of the place it is about, of the kind of the check it is about, else a check of a place. */
function answerHref(task) {
	const kind = ["facility_check", "equipment_check", "weekly_statement"].find((k) => k === task.target_kind) || "facility_check";
	return links.create(kind, task.target_kind === "facility" ? { facility_id: task.target, task: task.id } : { task: task.id });
}

/** What the centre asks to be done, each with its check. */
function Tasks({ items }) {
	return html`<section class="card" aria-labelledby="tasks"><h2 id="tasks">${t("page.home.tasks")}</h2><ul class="rows">
		${items.map((x) => html`<li key=${x.id}>
			<div class="grow">
				<p><strong>${x.title}</strong> <${Badge} kind=${x.overdue ? "bad" : "info"} icon="clock">${t(x.overdue ? "page.home.task.late" : "page.home.task.due", { due: x.due_text })}</${Badge}></p>
				${x.target_title && html`<p>${t("page.home.task.about", { kind: x.target_label, title: x.target_title })}</p>`}
				${x.note && html`<p>${x.note}</p>`}
				<p class="soft">${t("page.home.task.owner", { owner: x.owner })} · ${x.who}</p>
			</div>
			<${Do} href=${answerHref(x)}>${t("page.home.task.do")}</${Do}>
		</li>`)}
	</ul></section>`;
}

function Decide({ n, primary }) {
	return html`<section class="card" aria-labelledby="decide"><h2 id="decide">${t("page.home.decide")}</h2><ul class="rows"><li>
		<p class="grow"><${Badge} kind="wait" icon="choose">${number(n)}</${Badge}> ${t("page.home.decide.text")}</p>
		<${Do} href=${links.decide()} primary=${primary}>${t("page.home.decide.do")}</${Do}>
	</li></ul></section>`;
}

function Drafts({ items, now, primary }) {
	return html`<section class="card" aria-labelledby="drafts"><h2 id="drafts">${t("page.home.drafts")}</h2><ul class="rows">
		${items.map((d, i) => html`<li key=${d.id}>
			<p class="grow"><strong>${d.kind_label}</strong>${d.title && ` · ${d.title}`}<br /><span class="soft">${t("page.home.saved", { at: moment(d.saved_at, now) })}</span></p>
			<${Do} href=${links.draft(d.id)} primary=${primary && i === 0}>${t("page.home.goon")}</${Do}>
		</li>`)}
	</ul></section>`;
}

function AskLeave() {
	const [state, set] = useState(leave());
	if (state !== "default") return null;
	return html`<p><button type="button" class="secondary outline auto" onClick=${async () => set(await askLeave())}>
		<${Icon} name="bell" /> ${t("page.notify.ask")}</button></p>`;
}

const STATE = { approval: "waiting", offline: "offline", portal: "offline" };

/** Not approved yet: why, what to read out, and when the slip itself is wrong, another one. */
function Waits({ status }) {
	const wait = status.waits.find((x) => ["refused", "approval", "not_enrolled", "offline", "portal"].includes(x.reason));
	const refused = wait && wait.reason === "refused";
	return html`<${Notice} kind=${refused ? "bad" : "wait"} title=${t(refused ? "page.home.refused" : "page.home.waiting")}>
			<p>${refused ? waitText(wait, status.now) : t("page.home.waiting.text")}</p></${Notice}>
		${!refused && html`<${Fingerprint} answer=${{ state: (wait && STATE[wait.reason]) || "unsent", fingerprint: status.fingerprint }} />`}
		<div class="actions below"><${Do} href="#/enrol">${t("page.enrol.do")}</${Do}></div>`;
}

/** Drafts that nothing above leads to. */
function others(drafts, d) {
	const led = new Set([...d.returned, ...d.due].map((x) => x.draft));
	return drafts.filter((x) => !led.has(x.id));
}

/** begun: undefined, what was begun cannot be read. enrolled: the centre's schedule may be here. */
function Work({ d, begun, enrolled }) {
	const week = d.due.filter((x) => x.this_week || x.state === "late");
	const later = d.due.filter((x) => !week.includes(x));
	const open = d.returned.length > 0 ? -1 : week.findIndex((x) => x.state !== "done");
	const free = d.returned.length === 0 && open < 0; // nothing has the primary button yet
	const nothing = d.due.length + d.returned.length + d.tasks.length + d.decide === 0 && begun?.length === 0;
	return html`
		${d.returned.length > 0 && html`<${Returned} items=${d.returned} now=${d.now} primary=${true} />`}
		${d.tasks.length > 0 && html`<${Tasks} items=${d.tasks} />`}
		${week.length > 0 && html`<${Due} id="week" heading="page.home.week" items=${week} now=${d.now} primary=${open} />`}
		${d.decide > 0 && html`<${Decide} n=${d.decide} primary=${free} />`}
		${begun?.length > 0 && html`<${Drafts} items=${begun} now=${d.now} primary=${free && d.decide === 0} />`}
		${later.length > 0 && html`<${Due} id="later" heading="page.home.later" items=${later} now=${d.now} primary=${-1} />`}
		${nothing && html`<section class="card"><${Empty} icon=${enrolled ? "done" : "clock"}><p>${t(enrolled ? "page.home.nothing" : "page.home.unknown")}</p>
			<div class="actions"><${Do} href=${links.forms()} primary=${true}>${t("page.home.begin")}</${Do}><${Do} href=${links.register("asset")}>${t("page.labels.register")}</${Do}></div></${Empty}></section>`}
		<${AskLeave} />`;
}

export function view({ status }) {
	const due = useApi("due");
	const drafts = useApi("list", { drafts: true });
	return html`${!status.enrolled && html`<${Waits} status=${status} />`}
		<${Divided} status=${status} /><${DraftsDamaged} of=${drafts.data} />
		<${Answer} of=${due}>${(d) => html`${drafts.error && html`<${Unread} error=${drafts.error} again=${drafts.again} />`}
			${drafts.data || drafts.error ? html`<${Work} d=${d} begun=${drafts.data && others(drafts.data.drafts, d)} enrolled=${status.enrolled} />` : html`<${Waiting} />`}`}</${Answer}>`;
}
