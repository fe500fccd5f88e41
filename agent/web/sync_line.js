// sync_line: one line under the header that says whether the work has arrived: saved, sent, received,
// when last; if something waits, why and until when.
import { api, hasText, html, moment, number, refresh, t, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";

/** Where the words of the program name a command, the page says it in its own. */
const OWN = { no_background: "page.sync.by_hand", not_enrolled: "page.sync.asked" };

export function waitText(wait, now) {
	if (OWN[wait.reason]) return t(OWN[wait.reason]);
	const why = hasText(wait.key) ? t(wait.key, wait.args) : t("page.sync.wait");
	return wait.until > 0 ? `${why} ${t("status.again", { at: moment(wait.until, now) })}` : why;
}

/** What matters of the status in one word. */
export function syncState(status) {
	if (status.alarms_open > 0) return { kind: "bad", word: t("page.sync.alarm") };
	if (status.unsent > 0) return { kind: "wait", word: t("page.sync.unsent") };
	if (!status.enrolled) return { kind: "wait", word: t("page.sync.asked") };
	return { kind: "good", word: t("page.sync.good") };
}

/** [send, busy, error]: one contact now. What it failed by is no longer true once a later one has come through (last_ok). */
export function useSend(last_ok) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState(null);
	const send = async () => {
		setBusy(true);
		setError(null);
		try { await api("sync"); } catch (e) { setError(e); }
		setBusy(false);
		refresh();
	};
	useEffect(() => setError(null), [last_ok]);
	return [send, busy, error];
}

export function SyncLine({ status }) {
	const [send, busy, error] = useSend(status.last_ok);
	const state = syncState(status);
	const wait = status.waits[0];
	const said = wait && (wait.until > 0 || !error) ? waitText(wait, status.now) : error && error.message;
	return html`<section class="syncline" aria-label=${t("page.sync.label")}><div>
		<a href="#/send" class="state"><${Badge} kind=${state.kind}>${state.word}</${Badge}></a>
		<span id="sync">${t("status.line", { saved: number(status.saved), sent: number(status.sent), accepted: number(status.accepted),
			last: status.last_ok > 0 ? moment(status.last_ok, status.now) : t("status.never") })}</span>
		<button class="secondary outline auto small" disabled=${busy} aria-busy=${busy ? "true" : undefined} onClick=${send}>${t("page.sync.now")}</button>
		${said && html`<span class="soft" role="status">${said}</span>`}
	</div></section>`;
}
