// send: has the work arrived, in full: how many of what, everything that waits with why and until when, what was
// refused or is held, photos and files. The line under the header says the first of it on every screen.
import { html, moment, t } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Figures } from "/lib/figures.js";
import { Icon } from "/lib/icon.js";
import { Empty, Failure, Notice } from "/lib/notice.js";
import { Communes } from "./communes.js";
import { useSend, waitText } from "./sync_line.js";

export const path = "/send";
export const title = "page.send.title";

function Counts({ status: s }) {
	const files = s.files || { own: 0, sent: 0 };
	const items = [
		{ label: t("page.send.saved"), value: s.saved },
		{ label: t("page.send.sent"), value: s.sent },
		{ label: t("page.send.accepted"), value: s.accepted, kind: "good" },
		...(s.quorum > 0 ? [{ label: t("page.send.proven"), value: s.proven, kind: "good" }] : []),
		...(s.unsent > 0 ? [{ label: t("page.send.unsent"), value: s.unsent, kind: "wait" }] : []),
		...(s.refused > 0 ? [{ label: t("page.send.refused"), value: s.refused, kind: "bad" }] : []),
		...(s.quarantined > 0 ? [{ label: t("page.send.held"), value: s.quarantined, kind: "wait" }] : []),
	];
	return html`<section class="card" aria-labelledby="counts"><h2 id="counts">${t("page.send.counts")}</h2>
		<${Figures} label=${t("page.send.counts")} items=${items} />
		${files.own > 0 && html`<p><${Icon} name="photo" /> ${t("status.files", { sent: files.sent, own: files.own })}</p>`}
		${s.accepted > 0 && html`<p class="soft">${s.quorum > 0 ? t("status.proven", { n: s.proven, need: s.quorum }) : t("status.no_witness")}</p>`}
	</section>`;
}

/** What was refused or is held needs a person: said what it means, so that nobody thinks it lost. */
function Set({ status }) {
	return html`${status.alarms_open > 0 && html`<${Notice} kind="bad" title=${t("page.sync.alarm")}><p>${t("page.send.alarm")}</p></${Notice}>`}
		${status.refused > 0 && html`<${Notice} kind="bad" title=${t("status.refused", { n: status.refused })}><p>${t("page.send.refused.text")}</p></${Notice}>`}
		${status.quarantined > 0 && html`<${Notice} kind="wait" title=${t("status.held", { n: status.quarantined })}><p>${t("page.send.held.text")}</p></${Notice}>`}
		${status.forks > 0 && html`<${Notice}><p>${t("status.forks", { n: status.forks })}</p></${Notice}>`}
		${status.offered > 0 && html`<${Notice} kind="wait"><p>${t("status.offered", { n: status.offered })}</p></${Notice}>`}`;
}

function Waits({ status }) {
	const waits = status.waits.filter((w) => status.unsent > 0 || w.reason !== "no_background"); // how this PC is set is no wait where nothing waits
	const next = status.background && status.failures === 0 && status.next_at > 0;
	return html`<section class="card" aria-labelledby="waits"><h2 id="waits">${t("page.send.waits")}</h2>
		${waits.length > 0
			? html`<ul class="rows">${waits.map((w, i) => html`<li key=${i}><p class="grow"><${Badge} kind="wait">${t("page.send.wait")}</${Badge}> ${waitText(w, status.now)}</p></li>`)}</ul>`
			: html`<${Empty}><p>${t("page.send.nothing")}</p></${Empty}>`}
		${waits.length < status.waits.length && html`<p class="soft">${t("page.sync.by_hand")}</p>`}
		<p class="soft">${t("page.send.last", { at: status.last_ok > 0 ? moment(status.last_ok, status.now) : t("status.never") })}
			${next && ` ${t("status.next", { at: moment(status.next_at, status.now) })}.`}</p>
	</section>`;
}

export function view({ status }) {
	const [send, busy, error] = useSend(status.last_ok);
	return html`${error && html`<${Failure} error=${error} />`}
		<${Set} status=${status} />
		<${Waits} status=${status} />
		<${Counts} status=${status} />
		<${Communes} status=${status} />
		<div class="actions">
			<button type="button" disabled=${busy} aria-busy=${busy ? "true" : undefined} onClick=${send}><${Icon} name="send" /> ${t("page.sync.now")}</button>
			<a role="button" class="secondary outline" href="#/usb"><${Icon} name="usb" /> ${t("page.send.usb")}</a>
		</div>`;
}
