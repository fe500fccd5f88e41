// drafts_damaged: that something which was begun cannot be read; what else was begun is not in its way.
import { html, t } from "/lib/base.js";
import { Notice } from "/lib/notice.js";

/** of: the answer of op list, or nothing yet. */
export function DraftsDamaged({ of }) {
	const names = of?.drafts_damaged || [];
	return names.length > 0 && html`<${Notice} kind="bad">${names.map((name) => html`<p key=${name}>${t("list.damaged", { name })}</p>`)}</${Notice}>`;
}
