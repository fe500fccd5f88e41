// not_here: an answer about one thing named by an address: what <Answer> shows, and a plain word when this PC
// does not have that thing (an old link, a draft that has been sealed).
import { here, html, t } from "/lib/base.js";
import { Answer, Notice, Unread } from "/lib/notice.js";
import * as links from "./links.js";

const STOCKTAKE = /^\/(stocktake|scan|differences|committee|minutes)\//;

/** Where what is there can be found: [address, key of its name]. */
function list(error) {
	if (error.key === "draft.none") return [links.forms(), "page.nothere.drafts"];
	return STOCKTAKE.test(here()) ? [links.stocktakes(), "page.nothere.stocktakes"] : ["#/", "page.nowhere.home"];
}

/** A refusal about one thing. */
export function Refused({ error, again }) {
	if (error.status !== 404) return html`<${Unread} error=${error} again=${again} />`;
	const [address, name] = list(error);
	return html`<${Notice} title=${t("page.nothere.title")}><p>${t(error.key === "draft.none" ? "page.nothere.draft" : "page.nothere.text")}</p></${Notice}>
		<p><a href=${address}>${t(name)}</a></p>`;
}

export function AnswerOne({ of, children }) {
	return of.error ? html`<${Refused} error=${of.error} again=${of.again} />` : html`<${Answer} of=${of}>${children}</${Answer}>`;
}
