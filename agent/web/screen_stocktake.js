// stocktake: one stocktake: how far it is, its rooms, and the ways into it.
import { html, t, useApi } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Figures } from "/lib/figures.js";
import { Icon } from "/lib/icon.js";
import { Empty } from "/lib/notice.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";

export const path = "/stocktake/:id";
export const title = "page.stocktake.title";

export function counts(c) {
	return [
		{ label: t("stocktake.n.book"), value: c.book }, { label: t("stocktake.n.counted"), value: c.counted, kind: "good" },
		{ label: t("stocktake.n.not_counted"), value: c.not_counted, kind: c.not_counted ? "wait" : "info" },
		{ label: t("page.stocktake.different"), value: c.different, kind: c.different ? "bad" : "info" },
	];
}

function Rooms({ id, rooms, finished }) {
	const next = finished ? undefined : rooms.find((r) => r.counted > 0 && r.counted < r.book) || rooms.find((r) => r.counted < r.book);
	const sorted = next && next.counted > 0 ? [next, ...rooms.filter((r) => r !== next)] : rooms; // the room she is in stands first
	return html`<section class="card" aria-labelledby="rooms"><h2 id="rooms">${t("page.stocktake.rooms")}</h2>
		${rooms.length === 0 ? html`<${Empty} icon="home"><p>${t("page.stocktake.norooms")}</p></${Empty}>` : html`<ul class="rows">
		${sorted.map((r) => html`<li key=${r.room}>
			<div class="room"><strong>${r.room || t("page.line.nowhere")}</strong>
				<progress value=${r.counted} max=${r.book || 1} aria-label=${t("page.stocktake.of", { n: r.counted, all: r.book })}></progress></div>
			<span class="num">${t("page.stocktake.of", { n: r.counted, all: r.book })}</span>
			${r.counted >= r.book && html`<${Badge} kind="good">${t("page.stocktake.done")}</${Badge}>`}
			${!finished && html`<a role="button" class=${r === next ? "auto" : "secondary outline auto"} href=${links.scan(id, r.room)}>${t("page.stocktake.scan")}</a>`}
		</li>`)}</ul>`}
	</section>`;
}

/** The parts of a stocktake, above each of them. */
function Ways({ id, here }) {
	const ways = [["stocktake", "scan", links.stocktake(id)], ["differences", "warn", links.differences(id)], ["committee", "person", links.committee(id)],
		["minutes", "paper", links.minutes(id)]];
	return html`<nav class="tabs" aria-label=${t("page.stocktake.ways")}><ul>${ways.map(([name, icon, href]) => html`<li key=${name}><a href=${href}
		aria-current=${name === here ? "page" : undefined}><${Icon} name=${icon} />${t("page.stocktake.way." + name)}</a></li>`)}</ul></nav>`;
}

/** Which stocktake it is, and its parts; `here` is the one shown. */
export function Head({ session, here }) {
	const x = session.texts;
	return html`<p class="lead">${x.unit_name}${x.room && html` · ${x.room}`} · <span class="nowrap">${t("page.stocktakes.counted", { at: x.counted_at })}</span>
		${" "}<${Badge} kind=${session.finished ? "good" : "wait"}>${x.state}</${Badge}></p><${Ways} id=${session.id} here=${here} />`;
}

export function view({ params }) {
	const s = useApi("stocktake", { session: params.id, limit: 0 });
	return html`<${AnswerOne} of=${s}>${(d) => html`<${Head} session=${d.session} here="stocktake" /><${Figures} label=${t("page.stocktake.title")} items=${counts(d.counts)} />
		<${Rooms} id=${params.id} rooms=${d.rooms} finished=${d.session.finished} />`}</>`;
}
