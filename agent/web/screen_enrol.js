// enrol: another slip for this PC, when the centre refused the first or gives a new one. What was
// recorded meanwhile stays and is sent after approval.
import { api, html, refresh, t, useState } from "/lib/base.js";
import { Failure, Notice } from "/lib/notice.js";
import { Fingerprint, SlipStep, slipArgs } from "./start.js";

export const path = "/enrol";
export const title = "page.enrol.title";

export function view({ status }) {
	const [answer, setAnswer] = useState(null);
	const [error, setError] = useState(null);
	const send = async (slip) => {
		setError(null);
		try {
			setAnswer(await api("enrol", slipArgs(slip)));
		} catch (e) {
			setError(e);
		}
		refresh();
	};
	if (status.enrolled) return html`<${Notice} kind="good" title=${t("page.start.state.approved")}><p>${t("page.enrol.already", { unit: status.unit })}</p></${Notice}>`;
	if (answer) return html`<${Fingerprint} answer=${answer} />`;
	return html`${error && html`<${Failure} error=${error} />`}<${SlipStep} onSlip=${send} />`;
}
