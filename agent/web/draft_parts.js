// draft_parts: what the screens of a draft share: its head, its lines, its pictures.
import { html, moment, t, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice } from "/lib/notice.js";
import { fieldsOf, say, sayWithin } from "./form_text.js";
import * as links from "./links.js";
import { Photo, PhotoDrop } from "./photo.js";

function Saved({ draft, saving, unsaved, now }) {
	if (saving) return html`<${Badge} kind="wait">${t("page.draft.saving")}</${Badge}>`;
	if (unsaved > 0) return html`<${Badge} kind="bad">${t("page.draft.unsaved", { n: unsaved })}</${Badge}>`;
	return html`<${Badge} kind="good">${t("page.draft.saved", { at: moment(draft.saved_at, now) })}</${Badge}>`;
}

/** What it is, and that it is kept. state: of use_draft. */
export function DraftHead({ state: { draft, saving, unsaved, emptied }, now }) {
	const changes = draft.edits ? "page.draft.edits" : draft.corrects && "page.draft.corrects";
	return html`<div class="draft-head"><p class="lead">${changes ? html`<strong class="said">${t(changes, { title: draft.base_title })}</strong> · ${draft.kind_label}`
			: html`<strong>${draft.kind_label}</strong>${draft.title && ` · ${draft.title}`}`}</p>
		<span role="status" id="saved"><${Saved} draft=${draft} saving=${saving} unsaved=${unsaved} now=${now} /></span></div>
		${draft.newest > draft.version && html`<${Notice} kind="wait" title=${t("page.draft.newer.title")}><p>${t("page.draft.newer.text")}</p></${Notice}>`}
		${emptied.length > 0 && html`<${Notice}><p>${t("page.draft.emptied", { fields: emptied.join(", ") })}</p></${Notice}>`}`;
}

const SHOWN = 4;

/** The first figures of a line, in words: "Số lượng hiện có 4 · …". */
function figures(form, line) {
	const fields = fieldsOf(form);
	return Object.entries(line.fields).filter(([name, live]) => live.text !== undefined && ["int", "money", "decimal"].includes(fields[name].type))
		.slice(0, SHOWN).map(([name, live]) => `${say(fields[name].label)} ${live.text}`).join(" · ");
}

export function problems(line) {
	const fields = Object.values(line.fields);
	return { wrong: line.errors.length + fields.filter((f) => f.error).length,
		missing: line.todo.length + fields.filter((f) => f.missing).length };
}

/** The line and all that is in it, once she has said so. */
function sure(line) {
	return confirm(t("page.draft.remove.sure", { title: line.title || t("page.draft.untitled") }));
}

function LineState({ line }) {
	const { wrong, missing } = problems(line);
	if (wrong > 0) return html`<${Badge} kind="bad">${t("page.draft.wrong", { n: wrong })}</${Badge}>`;
	if (missing > 0) return html`<${Badge} kind="wait" icon="edit">${t("page.draft.missing", { n: missing })}</${Badge}>`;
	return html`<${Badge} kind="good">${t("page.draft.complete")}</${Badge}>`;
}

export function Lines({ form, draft, kind, onAdd, onRemove }) {
	const lines = draft.lines.filter((x) => x.kind === kind.kind);
	return html`<section class="card"><h2>${t("page.draft.lines", { kind: say(kind.label), n: lines.length })}</h2>
		${lines.length > 0 && html`<ul class="rows">${lines.map((x) => html`<li key=${x.no}><span class="grow">
				<a href=${links.draftLine(draft.id, x.no)}><strong>${x.title || t("page.draft.untitled")}</strong></a><br /><span class="soft">${figures(kind, x)}</span>
				${photosOf(draft, x.no).length > 0 && html` <span class="soft nowrap"><${Icon} name="photo" /> ${t("page.photo.count", { n: photosOf(draft, x.no).length })}</span>`}</span>
			<${LineState} line=${x} />
			<button class="secondary outline auto small" aria-label=${t("page.draft.remove.of", { title: x.title || t("page.draft.untitled") })} onClick=${() => sure(x) && onRemove(x.no)}>${t("page.draft.remove")}</button></li>`)}</ul>`}
		<div class="actions"><button type="button" class="secondary outline" onClick=${() => onAdd(kind.kind)}><${Icon} name="add" /> ${t("page.draft.add", { kind: sayWithin(kind.label) })}</button></div>
	</section>`;
}

/** Pictures among the lines of a draft or a record: of the line `of`, or its own. */
export function photosOf(whole, of) {
	return whole.lines.filter((x) => x.kind === "photo" && x.of === of);
}

function Caption({ line, onKeep }) {
	const { text: kept = "", unsaved } = line.fields.caption;
	const [text, setText] = useState(unsaved ?? kept);
	return html`<input type="text" class="caption" aria-label=${t("page.photo.caption")} placeholder=${t("page.photo.caption")} value=${text}
		onInput=${(e) => setText(e.currentTarget.value)} onBlur=${() => text !== (unsaved ?? kept) && onKeep(text)} />`;
}

/** The pictures of a draft, or (line: its number) of one of its lines. run(op, body) keeps. */
export function DraftPhotos({ draft, line, run }) {
	const [error, setError] = useState(null);
	const photos = photosOf(draft, line);
	const add = (image) => {
		setError(null);
		return run("draft_set", { ...(line && { line }), add: "photo", fields: { image } });
	};
	return html`<section class="card"><h2>${t("page.photo.title", { n: photos.length })}</h2>
		${error && html`<${Failure} error=${error} />`}
		${photos.length > 0 && html`<div class="photos">${photos.map((x) => html`<${Photo} key=${x.no} image=${x.fields.image.value} caption=${x.fields.caption.text}>
			<${Caption} line=${x} onKeep=${(caption) => run("draft_set", { line: x.no, fields: { caption } })} />
			<button class="secondary outline auto small" onClick=${() => confirm(t("page.photo.remove.sure")) && run("draft_remove", { line: x.no })}>${t("page.photo.remove")}</button>
		</${Photo}>`)}</div>`}
		<${PhotoDrop} onError=${setError} onFile=${add} />
	</section>`;
}
