// labels: labels with QR codes for the assets of a room, or of one asset (?asset=).
import { html, lang, t, useApi, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty } from "/lib/notice.js";
import * as links from "./links.js";

export const path = "/labels";
export const title = "page.labels.title";

/** The rooms of the newest stocktake; without one all labels come at once. */
function Rooms({ session, room, setRoom }) {
	const s = useApi("stocktake", { session, limit: 0 });
	return html`<${Answer} of=${s}>${(d) => html`<${Field} type="choice" label=${t("page.labels.room")} value=${room} onInput=${setRoom}
		options=${[{ value: "", label: t("page.labels.all") }, ...d.rooms.filter((r) => r.room).map((r) => ({ value: r.room, label: r.room }))]} />`}</>`;
}

export function view({ query }) {
	const [room, setRoom] = useState("");
	const all = useApi("stocktake");
	const assets = useApi("list", { kind: "asset", limit: 1 });
	const args = query.asset ? { assets: query.asset } : room ? { room } : {};
	return html`<p class="lead">${t("page.labels.lead")}</p>
		<${Answer} of=${assets}>${({ total }) => total === 0 ? html`<section class="card"><${Empty} icon="print"><p>${t("page.labels.none")}</p>
			<div class="actions"><a role="button" class="auto" href=${links.register("asset")}>${t("page.labels.register")}</a></div></${Empty}></section>` : html`
			<section class="card">
				${!query.asset && html`<${Answer} of=${all}>${({ sessions }) => sessions.length > 0 && html`<${Rooms} session=${sessions[0].id} room=${room} setRoom=${setRoom} />`}</>`}
				<div class="actions"><a role="button" class="auto" target="_blank" rel="noopener" href=${links.paper("labels", args, lang())}><${Icon} name="print" /> ${t("page.labels.print")}</a></div>
				<p class="soft">${t("page.labels.sheet")}</p>
			</section>`}</>`;
}
