// draft: a form being filled in. Each field is kept as it is left; the screen opens again where the person was.
import { html, t, useApi } from "/lib/base.js";
import { Answer, Failure, Notice, Waiting } from "/lib/notice.js";
import { DraftHead, DraftPhotos, Lines } from "./draft_parts.js";
import { FormBody, goToField } from "./form_body.js";
import * as links from "./links.js";
import { Refused } from "./not_here.js";
import { Reviews } from "./record_parts.js";
import { useDraft } from "./use_draft.js";

export const path = "/draft/:id";
export const title = "page.draft.title";

/** Errors and warnings of the form as a whole. */
export function Whole({ of }) {
	return html`${of.errors.length > 0 && html`<${Notice} kind="bad">${of.errors.map((x) => html`<p key=${x}>${x}</p>`)}</${Notice}>`}
		${of.warnings.length > 0 && html`<${Notice} kind="wait">${of.warnings.map((x) => html`<p key=${x}>${x}</p>`)}</${Notice}>`}`;
}

/** Why what it corrects came back: in sight while it is corrected, each remark one touch from its field. */
function SentBack({ draft }) {
	const old = useApi("show", { id: draft.corrects });
	if (old.error) return html`<${Failure} error=${old.error} />`;
	return old.data && html`<${Reviews} reviews=${old.data.reviews.filter((r) => r.fields.state.value !== "approved")} go=${(field) => goToField(document.querySelector("main"), field)} />`;
}

function Filling({ state, form, status, at, flag }) {
	const { draft, run } = state;
	const keep = (name, value, focus) => run("draft_set", { fields: name ? { [name]: value } : {}, focus });
	const add = async (kind) => {
		const live = await run("draft_set", { add: kind });
		if (live) location.hash = links.draftLine(draft.id, live.line);
	};
	const review = async () => {
		if (await state.settle()) location.hash = links.review(draft.id);
	};
	return html`<${DraftHead} state=${state} now=${status.now} /><div><${Whole} of=${draft} /></div>
		${draft.corrects && html`<${SentBack} draft=${draft} />`}
		<${FormBody} form=${form} fields=${draft.fields} keep=${keep} at=${at || draft.focus} flag=${flag} editing=${Boolean(draft.edits)} corrects=${Boolean(draft.corrects)} />
		${!draft.edits && form.children.filter((k) => k.kind !== "photo").map((k) => html`<${Lines} key=${k.kind} form=${form} draft=${draft} kind=${k}
			onAdd=${add} onRemove=${(line) => run("draft_remove", { line })} />`)}
		${!draft.edits && form.children.some((k) => k.kind === "photo") && html`<${DraftPhotos} draft=${draft} run=${run} />`}
		<div class="actions"><button onClick=${review}>${t("page.draft.review")}</button>
			<a role="button" class="secondary outline" href=${links.forms()}>${t("page.draft.later")}</a></div>`;
}

/** Something was refused and waits in this page. */
function Unsaved({ n, error, again }) {
	return html`<${Notice} kind="bad" title=${t("page.draft.unsaved.title", { n })}><p>${error.message}</p><p>${t("page.draft.unsaved.lead")}</p>
		<div class="actions"><button type="button" class="secondary outline" onClick=${again}>${t("page.again")}</button></div></${Notice}>`;
}

/** The draft and the form it was begun with, then what is made of them. */
export function WithDraft({ id, children }) {
	const state = useDraft(id);
	const { draft, error, unsaved, run } = state;
	const again = () => run("draft_show", {});
	if (!draft) return error ? html`<${Refused} error=${error} again=${again} />` : html`<${Waiting} />`;
	return html`${unsaved > 0 ? html`<${Unsaved} n=${unsaved} error=${error} again=${again} />` : error && html`<${Failure} error=${error} />`}<${WithForm} state=${state}>${children}</${WithForm}>`;
}

function WithForm({ state, children }) {
	const form = useApi("form", { kind: state.draft.kind, version: state.draft.version });
	return html`<${Answer} of=${form}>${(data) => children(state, data)}</${Answer}>`;
}

export function view({ params, status }) {
	return html`<${WithDraft} id=${params.id}>${(state, form) => html`<${Filling} state=${state} form=${form} status=${status} at=${params.field} flag=${Boolean(params.field)} />`}</${WithDraft}>`;
}

/** The same, at one field: where a list of what is missing leads to. */
export const atField = { path: "/draft/:id/at/:field", title, view };
