// queue tabs: what waits for a decision of the centre, each queue with its number; what the role may not see has no tab.
import { html, number, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import * as links from "./links.js";

const QUEUES = [
	{ key: "values", needs: "conflicts", body: { limit: 1 }, count: (d) => d.total },
	{ key: "held", needs: "held", body: { limit: 1 }, count: (d) => d.total },
	{ key: "twins", needs: "duplicates" }, // of one commune at a time: nobody can say how many there are
	{ key: "forks", needs: "forks", body: {}, count: (d) => d.forks.filter((f) => !f.revoked).length },
];

function Count({ queue }) {
	const of = useApi(queue.needs, queue.body);
	if (!of.data) return null;
	const n = queue.count(of.data);
	return html`<${Badge} kind=${n > 0 ? "wait" : "good"}>${number(n)}</${Badge}>`;
}

export function QueueTabs({ here, me }) {
	return html`<nav class="tabs tabs-rows" aria-label=${t("centre.queue.which")}><ul>${QUEUES.filter((q) => me.may(q.needs)).map((q) => html`<li key=${q.key}>
		<a href=${links.queue(q.key)} aria-current=${q.key === here ? "page" : undefined}>${t(`centre.queue.${q.key}`)}${q.count && html`<${Count} queue=${q} />`}</a></li>`)}</ul></nav>`;
}

/** Who, when and why, as it stands beside a value. */
export function who(side) {
	return [side.who || t("history.unknown"), side.at_text, side.reason && t("page.history.why", { reason: side.reason })].filter(Boolean).join(" · ");
}

/** "Xã Mường Hum (00004)" */
export function Place({ of }) {
	return html`<a href=${links.unit(of.scope)}>${of.unit || t("centre.queue.everywhere")} (${of.scope})</a>`;
}
