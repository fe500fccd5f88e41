// submission parts: what the list of submissions and the page of one share: how it stands, whether its seals hold, what is odd about it.
import { html, t } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { weekName } from "./week.js";

export const STATES = { received: "info", approved: "good", returned: "wait", rejected: "bad", disputed: "wait", superseded: "info" };
export const MARKS = ["late", "clock", "quarantined", "fork", "two_values", "after"];

/** As it stands in a badge or a list; inside a sentence it is small. */
export const capital = (text) => text[0].toUpperCase() + text.slice(1);

let list = {};
/** The list as it was looked at last, with its filters: where the page of one record leads back to. */
export const keepList = (query) => { list = query; };
export const lastList = () => links.submissions(list);

/** How it stands, and by whose decision. */
export function State({ of }) {
	return html`<${Badge} kind=${STATES[of.state]}>${capital(t(`submissions.state.${of.state}`))}</${Badge}>${of.after_approval && html` <${Badge} kind="wait">${capital(t("submissions.mark.after"))}</${Badge}>`}`;
}

/** Its bytes were opened again just now: do the seals hold? */
export function Seal({ of }) {
	return of.verified ? html`<${Badge} kind="good">${t("page.history.valid")}</${Badge}>` : html`<${Badge} kind="bad">${t("page.history.invalid")}</${Badge}>`;
}

/** Which part of the seal does not hold, in words and with its clause. */
export function Wrong({ of }) {
	return of.wrong.length > 0 && html`<${Notice} kind="bad" title=${t("centre.submission.unsound")}>${of.wrong.map((w) => html`<p key=${w.entry + w.clause}>${w.text} (${w.clause})</p>`)}</${Notice}>`;
}

/** Who sealed it, on which PC. */
export function author(of) {
	return [of.author || t("history.unknown"), of.author_title].filter(Boolean).join(", ");
}

/** A week as people say it; every other text as it is. */
export function spoken(text) {
	return /^\d{4}-W\d\d$/.test(text) ? weekName(text) : text;
}

export function titleOf(record) {
	return spoken(record.title);
}
