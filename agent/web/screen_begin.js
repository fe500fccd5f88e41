// begin: a form begun by a link: a new one, perhaps with fields given, or a correction of one that was sent. The
// draft is made, then the form takes the place of this address, so that going back does not begin another.
import { html, here, t, useEffect, useState } from "/lib/base.js";
import { Waiting } from "/lib/notice.js";
import { makeDraft } from "./draft_begin.js";
import * as links from "./links.js";
import { Refused } from "./not_here.js";

/** back: where to go when it could not be begun, [address, key of its name]: of what is not here there is no such place. */
function Begin({ what, clerk, back }) {
	const [error, setError] = useState(null);
	const begin = () => {
		setError(null);
		makeDraft(what, clerk).then((draft) => location.replace(links.draft(draft.id)), setError);
	};
	useEffect(begin, []);
	return error
		? html`<${Refused} error=${error} again=${begin} />${error.status !== 404 && html`<p><a href=${back[0]}>${t(back[1])}</a></p>`}`
		: html`<${Waiting} />`;
}

/** Fields of an address: "/new/facility_check?facility_id=…". */
function given() {
	return Object.fromEntries(new URLSearchParams(here().split("?")[1] || ""));
}

export const path = "/new/:kind";
export const title = "page.draft.title";

export function view({ params, clerk }) {
	return html`<${Begin} what=${{ kind: params.kind, fields: given() }} clerk=${clerk} back=${[links.forms(), "page.nothere.drafts"]} />`;
}

export const correct = {
	path: "/correct/:kind/:id",
	title: "page.correct.title",
	view: ({ params, clerk }) => html`<${Begin} what=${{ corrects: params.id }} clerk=${clerk} back=${[links.record(params.kind, params.id), "page.correct.back"]} />`,
};
