// line: one line of a draft (a kind of equipment of a check), with photos of its own. Kept as the draft is.
import { html, t, useApi } from "/lib/base.js";
import { Answer, Notice } from "/lib/notice.js";
import { DraftHead, DraftPhotos } from "./draft_parts.js";
import { FormBody } from "./form_body.js";
import * as links from "./links.js";
import { WithDraft, Whole } from "./screen_draft.js";

export const path = "/draft/:id/line/:no";
export const title = "page.line.title";

function firstName(form) {
	const first = form.sections.flatMap((s) => s.fields).find((f) => f.by !== "program" && f.by !== "computed");
	return first && first.name;
}

function Line({ state, line, status, at }) {
	const { draft, run } = state;
	const form = useApi("form", { kind: line.kind, version: line.version });
	const focus = (draft.focus || "").split("/");
	const keep = (name, value, to) => run("draft_set", { line: line.no, fields: name ? { [name]: value } : {}, focus: `${line.no}/${to}` });
	const another = async () => {
		await state.settle();
		const live = await run("draft_set", { add: line.kind });
		if (live) location.hash = links.draftLine(draft.id, live.line);
	};
	const back = async () => {
		await state.settle();
		location.hash = links.draft(draft.id);
	};
	return html`<${DraftHead} state=${state} now=${status.now} /><div><${Whole} of=${line} /></div>
		<div><${Answer} of=${form}>${(data) => html`<${FormBody} form=${data} fields=${line.fields} keep=${keep} flag=${Boolean(at)}
			at=${at || (Number(focus[0]) === line.no && focus[1]) || firstName(data)} />
			${data.children.some((k) => k.kind === "photo") && html`<${DraftPhotos} draft=${draft} line=${line.no} run=${run} />`}`}</${Answer}></div>
		<div class="actions"><button onClick=${back}>${t("page.line.done")}</button>
			<button class="secondary outline" onClick=${another}>${t("page.line.another")}</button></div>`;
}

export function view({ params, status }) {
	return html`<${WithDraft} id=${params.id}>${(state) => {
		const line = state.draft.lines.find((x) => x.no === Number(params.no));
		return line
			? html`<${Line} key=${line.no} state=${state} line=${line} status=${status} at=${params.field} />`
			: html`<${Notice} kind="wait"><p>${t("page.line.gone")}</p></${Notice}><a role="button" href=${links.draft(params.id)}>${t("page.back")}</a>`;
	}}</${WithDraft}>`;
}

/** The same, at one field: where the review leads to. */
export const atField = { path: "/draft/:id/line/:no/at/:field", title, view };
