// not_here: an answer about one thing named by an address: what <Answer> shows, and a plain word when this PC
// does not have that thing (an old link, a draft that has been sealed).
import { html, t } from "/lib/base.js";
import { Answer, Failure, Notice } from "/lib/notice.js";

/** A refusal about one thing. */
export function Refused({ error, again }) {
	if (error.status !== 404) return html`<${Failure} error=${error} again=${again} />`;
	return html`<${Notice} kind="wait" title=${t("page.nothere.title")}><p>${t("page.nothere.text")}</p></${Notice}><p><a href="#/">${t("page.nowhere.home")}</a></p>`;
}

export function AnswerOne({ of, children }) {
	return of.error ? html`<${Refused} error=${of.error} again=${of.again} />` : html`<${Answer} of=${of}>${children}</${Answer}>`;
}
