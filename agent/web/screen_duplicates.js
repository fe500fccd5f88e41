// duplicates: records that may be one thing, side by side with what makes one think so, and those that
// were linked. Linking writes a sealed record with a reason; it deletes nothing and can be undone.
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Dialog } from "/lib/dialog.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import * as links from "./links.js";

export const path = "/duplicates";
export const title = "page.duplicates.title";

/** Why, and then it is done. `run` gets the reason. */
function Reason({ title: heading, text, button, run, onClose }) {
	const [reason, setReason] = useState("");
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const [tried, setTried] = useState(false);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (!reason.trim()) return;
		setBusy(true);
		try {
			await run(reason.trim());
			onClose();
			refresh();
		} catch (err) {
			setError(err);
			setBusy(false);
		}
	};
	return html`<${Dialog} title=${heading} onClose=${onClose}><form onSubmit=${submit} novalidate>
		<p>${text}</p>${error && html`<${Failure} error=${error} />`}
		<${Field} label=${t("page.duplicates.reason")} value=${reason} onInput=${setReason} wrong=${tried && !reason.trim() ? t("page.needed") : ""} autofocus />
		<div class="actions"><button type="submit" aria-busy=${busy} disabled=${busy}>${button}</button>
			<button type="button" class="secondary outline" onClick=${onClose}>${t("page.duplicates.cancel")}</button></div></form></${Dialog}>`;
}

function Records({ records }) {
	return html`<ul class="rows">${records.map((r) => html`<li key=${r.id}><div class="grow"><a href=${links.record(r.kind, r.id)}>${r.title}</a></div></li>`)}</ul>`;
}

function Pair({ of, onLink }) {
	return html`<section class="card"><h2>${of.kind_label}</h2>
		<p><${Icon} name="info" /> ${t("page.duplicates.because")} ${of.reasons.map((r) => html`<strong>${r.label}: ${r.text}</strong>`).reduce((all, x, i) => (i ? [...all, ", ", x] : [x]), [])}</p>
		<${Records} records=${of.records} />
		<div class="actions"><button class="secondary outline" onClick=${onLink}><${Icon} name="link" /> ${t("page.duplicates.link")}</button></div></section>`;
}

function Linked({ of, onUnlink }) {
	return html`<section class="card"><h3>${of.kind_label}: <a href=${links.record(of.kind, of.head.id)}>${of.head.title}</a></h3>
		<${Records} records=${of.members} />
		<div class="actions"><button class="secondary outline" onClick=${onUnlink}>${t("page.duplicates.unlink")}</button></div></section>`;
}

/** Every record of the group becomes the same as the first. */
async function link(of, reason, clerk) {
	for (const r of of.records.slice(1)) await api("link", { id: r.id, other: of.records[0].id, reason, clerk: clerk.name });
}

export function view({ clerk }) {
	const [asking, setAsking] = useState(null);
	const answer = useApi("duplicates");
	return html`<p class="lead">${t("page.duplicates.lead")}</p>
		<${Answer} of=${answer}>${(data) => html`
			${data.duplicates.length === 0 && html`<section class="card"><${Empty}><p>${t("page.duplicates.none")}</p></${Empty}></section>`}
			${data.duplicates.map((d) => html`<${Pair} key=${d.records.map((r) => r.id).join()} of=${d} onLink=${() => setAsking({ link: d })} />`)}
			${data.linked.length > 0 && html`<h2>${t("page.duplicates.linked")}</h2>${data.linked.map((l) => html`<${Linked} key=${l.head.id} of=${l} onUnlink=${() => setAsking({ unlink: l })} />`)}`}
`}</${Answer}>
		<div class="actions"><a href=${links.register("asset")} role="button" class="secondary outline"><${Icon} name="back" /> ${t("page.duplicates.back")}</a></div>
		${asking && asking.link && html`<${Reason} title=${t("page.duplicates.link")} text=${t("page.duplicates.link_text")} button=${t("page.duplicates.link_do")}
			run=${(reason) => link(asking.link, reason, clerk)} onClose=${() => setAsking(null)} />`}
		${asking && asking.unlink && html`<${Reason} title=${t("page.duplicates.unlink")} text=${t("page.duplicates.unlink_text")} button=${t("page.duplicates.unlink_do")}
			run=${(reason) => api("unlink", { id: asking.unlink.head.id, reason, clerk: clerk.name })} onClose=${() => setAsking(null)} />`}`;
}
