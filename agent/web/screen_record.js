// record: one sealed record: its values, what came back, whether it has arrived, its history; the way to change
// or correct it.
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Failure, Notice } from "/lib/notice.js";
import { beginDraft } from "./draft_begin.js";
import { photosOf } from "./draft_parts.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { Photo, PhotoDrop } from "./photo.js";
import { History, Receipt, RecordValues, Reviews, recordState } from "./record_parts.js";

export const path = "/record/:kind/:id";
export const title = "page.record.title";

/** What stands in the way of reading it as it is. */
function Standing({ record }) {
	const newer = record.superseded_by[0];
	return html`${record.standing === "replaced" && newer && html`<${Notice} kind="wait"><p>${t("page.record.superseded")} <a href=${links.record(record.kind, newer)}>${t("page.record.newer")}</a></p></${Notice}>`}
		${(record.choose || record.standing === "disputed") && html`<${Notice} kind="wait"><p>${t("page.record.choose")} <a href=${links.decideOf(record.id)}>${t("page.record.decide")}</a></p></${Notice}>`}
		${(record.conflicts > 0 || record.retired) && html`<${Notice} kind="wait" title=${t("page.record.conflicts", { n: record.conflicts })}>
			<p>${record.retired && t("page.record.retired")} <a href=${links.decideOf(record.id)}>${t("page.record.decide")}</a></p></${Notice}>`}`;
}

/** The way to change it: below all of it, or, when it came back, beside what is said of it. */
function Change({ check, onChange }) {
	return html`<div class="actions"><button onClick=${onChange}><${Icon} name="edit" /> ${t(check ? "page.record.correct" : "page.record.edit")}</button></div>
		${check && html`<p class="soft">${t("page.record.correct.how")}</p>`}`;
}

function LinesOf({ record, form, kind }) {
	const lines = record.lines.filter((x) => x.kind === kind.kind);
	return lines.length > 0 && html`<section class="card"><h2>${kind.label[document.documentElement.lang] || kind.label.vi} (${lines.length})</h2>
		${lines.map((x) => html`<details key=${x.id} open=${lines.length < 4}><summary><strong>${x.title || x.short}</strong>
			${x.conflicts > 0 && html` <${Badge} kind="wait" icon="choose">${t("page.record.two")}</${Badge}>`}</summary>
			<${RecordValues} fields=${x.fields} form=${kind} parent=${form.kind} /><${Pictures} photos=${photosOf(record, x.id)} /></details>`)}</section>`;
}

/** Sealed pictures, each with where its file is. */
function Pictures({ photos }) {
	return photos.length > 0 && html`<div class="photos">${photos.map((x) => html`<${Photo} key=${x.id} image=${x.fields.image.value} caption=${x.fields.caption && x.fields.caption.text}
		file=${x.fields.image.file} />`)}</div>`;
}

function Photos({ record, form, clerk }) {
	const [error, setError] = useState(null);
	const photos = photosOf(record);
	const open = form.class === "register" || form.class === "session"; // what is submitted takes no more pictures
	if (photos.length === 0 && !open) return null;
	const add = async (image) => {
		setError(null);
		const done = await api("record", { kind: "photo", parent: record.id, fields: { image }, clerk: clerk.name });
		const wrong = done.records[0].errors[0];
		if (wrong) throw Object.assign(new Error(wrong.text), { message: wrong.text });
		refresh();
	};
	return html`<section class="card"><h2>${t("page.photo.title", { n: photos.length })}</h2>
		${error && html`<${Failure} error=${error} />`}
		<${Pictures} photos=${photos} />
		${open && html`<${PhotoDrop} onFile=${add} onError=${setError} />`}
	</section>`;
}

function Record({ record, form, clerk, status }) {
	const [error, setError] = useState(null);
	const history = useApi("history", { id: record.id });
	const check = form.class === "check" || form.class === "statement";
	const change = async () => {
		try { await beginDraft(check ? { corrects: record.id } : { edits: record.id }, clerk); } catch (e) { setError(e); }
	};
	const may = form.class !== "centre" && (!check || record.superseded_by.length === 0);
	const back = may && check && record.reviews.length > 0 && record.reviews.every((r) => r.fields.state.value !== "approved");
	const state = recordState(record, back);
	return html`<div class="draft-head"><p class="lead"><strong>${record.kind_label}</strong> · ${record.title}</p>
			<span>${record.after_approval && html`<${Badge} kind="wait" icon="comment">${t("page.record.after")}</${Badge}>`}
				<${Badge} kind=${state.kind}>${state.word}</${Badge}></span></div>
		${error && html`<${Failure} error=${error} />`}
		<${Reviews} reviews=${record.reviews} /><${Standing} record=${record} />
		${back && html`<${Change} check=${check} onChange=${change} />`}
		<section class="card"><h2>${t("page.record.values")}</h2><p class="soft">${t("page.record.made", { who: record.author || t("history.unknown"), at: record.made.at_text })}
				${record.entries > 1 && ` · ${t("page.record.changed", { at: record.changed.at_text })}`}</p>
			<${RecordValues} fields=${record.fields} form=${form} /></section>
		${form.children.filter((k) => k.kind !== "photo").map((k) => html`<${LinesOf} key=${k.kind} record=${record} form=${form} kind=${k} />`)}
		<${Photos} record=${record} form=${form} clerk=${clerk} />
		${history.data && html`<${Receipt} record=${record} changes=${history.data.changes} now=${status.now} />`}
		<${History} id=${record.id} />
		${may && !back && html`<${Change} check=${check} onChange=${change} />`}`;
}

function WithForm({ record, ...rest }) {
	const form = useApi("form", { kind: record.kind });
	return html`<${Answer} of=${form}>${(data) => html`<${Record} record=${record} form=${data} ...${rest} />`}</${Answer}>`;
}

export function view({ params, clerk, status }) {
	const record = useApi("show", { id: params.id });
	return html`<${AnswerOne} of=${record}>${(data) => data.state === "draft"
		? (location.replace(links.draft(data.id)), null)
		: html`<${WithForm} record=${data} clerk=${clerk} status=${status} />`}</${AnswerOne}>`;
}
