// stocktakes: the stocktakes there are, the newest first, and beginning one.
import { api, go, html, moment, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import { wordsOf, wrongs } from "./answers.js";
import * as links from "./links.js";

export const path = "/stocktake";
export const title = "page.stocktakes.title";
export const menu = { icon: "scan", label: "page.menu.stocktake" };

/** What the last session of this PC said is most likely right again. */
function begin(last, status) {
	const old = last ? last.texts : {};
	const year = moment(status.now, 0).slice(6, 10);
	return {
		unit_name: old.unit_name || status.unit || "", unit_code: old.unit_code || "", cut_off: `01/01/${year} 00:00`,
		counted_at: moment(status.now, 0), room: "", unit_head: old.unit_head || "", chief_accountant: old.chief_accountant || "",
	};
}

function Begin({ last, status, clerk, words, onBack }) {
	const [fields, set] = useState(() => begin(last, status));
	const [wrong, setWrong] = useState({ fields: {}, rest: [] });
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const put = (name) => (value) => set({ ...fields, [name]: value });
	const submit = async (e) => {
		e.preventDefault();
		setBusy(true);
		setError(null);
		try {
			const got = await api("record", { kind: "inventory", fields, clerk: clerk.name });
			if (got.saved) {
				refresh();
				go(links.stocktake(got.records[0].id).slice(1));
				return;
			}
			setWrong(wrongs(got));
		} catch (err) {
			setError(err);
		}
		setBusy(false);
	};
	const field = (name) => html`<${Field} label=${words[name].label} hint=${words[name].hint} value=${fields[name]} onInput=${put(name)}
		wrong=${wrong.fields[name]} required=${words[name].required} />`;
	return html`<form class="card" onSubmit=${submit} aria-label=${t("page.stocktakes.begin")} novalidate>
		<h2>${t("page.stocktakes.begin")}</h2>
		${error && html`<${Failure} error=${error} />`}
		${wrong.rest.map((x) => html`<p class="wrong" role="alert">${x}</p>`)}
		<div class="pair">${field("unit_name")}${field("unit_code")}</div>
		<div class="pair">${field("cut_off")}${field("counted_at")}</div>
		${field("room")}
		<div class="pair">${field("unit_head")}${field("chief_accountant")}</div>
		<div class="actions"><button type="submit" disabled=${busy}>${t("page.stocktakes.start")}</button>
			<button type="button" class="secondary outline" onClick=${onBack}>${t("page.back")}</button></div>
	</form>`;
}

function Row({ session, primary }) {
	const x = session.texts;
	return html`<li>
		<div class="grow"><p><strong>${x.unit_name}</strong>${x.room && html` · ${x.room}`}</p>
			<p class="soft nowrap">${t("page.stocktakes.counted", { at: x.counted_at })}</p></div>
		<${Badge} kind=${session.finished ? "good" : "wait"}>${x.state}</${Badge}>
		<a role="button" class=${primary ? "auto" : "secondary outline auto"} href=${links.stocktake(session.id)}>${t(session.finished ? "page.stocktakes.see" : "page.stocktakes.goon")}</a>
	</li>`;
}

export function view({ clerk, status }) {
	const [adding, setAdding] = useState(false);
	const all = useApi("stocktake");
	const form = useApi("form", { kind: "inventory" });
	return html`<p class="lead">${t("page.stocktakes.lead")}</p>
		<${Answer} of=${all}>${({ sessions, open = sessions.find((s) => !s.finished) }) => html`
			${adding
				? html`<${Answer} of=${form}>${(f) => html`<${Begin} last=${sessions[0]} status=${status} clerk=${clerk} words=${wordsOf(f)} onBack=${() => setAdding(false)} />`}</>`
				: html`<div class="actions below"><button class=${open ? "auto secondary outline" : "auto"} onClick=${() => setAdding(true)}><${Icon} name="add" /> ${t("page.stocktakes.begin")}</button>
					<a role="button" class="secondary outline auto" href="#/labels"><${Icon} name="print" /> ${t("page.stocktakes.labels")}</a></div>`}
			<section class="card" aria-label=${t("page.stocktakes.title")}>
				${sessions.length === 0
					? html`<${Empty} icon="scan"><p>${t("page.stocktakes.none")}</p>
						<div class="actions"><a role="button" class="secondary outline auto" href=${links.register("asset")}>${t("page.labels.register")}</a></div></${Empty}>`
					: html`<ul class="rows">${sessions.map((s) => html`<${Row} key=${s.id} session=${s} primary=${s === open && !adding} />`)}</ul>`}
			</section>`}</>`;
}
