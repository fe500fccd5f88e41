// enrol: another slip for this PC, when the centre refused the first or gives a new one. What was
// recorded meanwhile stays and is sent after approval.
import { api, html, refresh, t, useState } from "/lib/base.js";
import { Notice } from "/lib/notice.js";
import { Asked, SlipStep, slipArgs, useAsked } from "./start.js";

export const path = "/enrol";
export const title = "page.enrol.title";

/** What was sent, and what became of it; refused later: the next slip below. */
function Sent({ answer, children }) {
	const of = useAsked(answer);
	return html`<${Asked} of=${of} />${of.refused && children}`;
}

export function view({ status }) {
	const [sent, setSent] = useState(null);
	const [error, setError] = useState(null);
	const send = async (slip) => {
		setError(null);
		try {
			const answer = await api("enrol", slipArgs(slip));
			setSent((old) => ({ answer, no: old ? old.no + 1 : 1 }));
		} catch (e) {
			setError(e);
		}
		refresh();
	};
	const step = html`<${SlipStep} refused=${error} onSlip=${send} />`;
	if (status.enrolled) return html`<${Notice} kind="good" title=${t("page.start.state.approved")}><p>${t("page.enrol.already", { unit: status.unit || status.scope })}</p></${Notice}>
		<p><a href="#/">${t("page.nowhere.home")}</a></p>`;
	return sent ? html`<${Sent} key=${sent.no} answer=${sent.answer}>${step}</${Sent}>` : step;
}
