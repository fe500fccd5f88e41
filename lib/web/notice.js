// notice: what a screen has to say besides its content: a remark, a refusal, nothing there, waiting.
import { html } from "./base.js";
import { t } from "./base.js";
import { Icon } from "./icon.js";

const LOOK = {
	info: { icon: "info", role: "note" },
	good: { icon: "done", role: "status" },
	wait: { icon: "clock", role: "status" },
	bad: { icon: "stop", role: "alert" },
};

/** kind: info, good, wait, bad. */
export function Notice({ kind = "info", title, children }) {
	return html`<div class=${`notice notice-${kind}`} role=${LOOK[kind].role}>
		<${Icon} name=${LOOK[kind].icon} />
		<div>${title && html`<p><strong>${title}</strong></p>`}${children}</div>
	</div>`;
}

/**
 * A refusal, in words, with what can be done: asking again, where that may help (what is not there, does not come by asking).
 * title: what did not succeed; without it, what was pressed.
 */
export function Failure({ error, again, title = t("page.error.title") }) {
	const absent = error.status === 404, refused = error.status === 403;
	return html`<${Notice} kind="bad" title=${absent ? t("page.nothere.title") : title}>
		<p>${error.message}</p>
		${again && !absent && !refused && html`<div class="actions"><button class="secondary outline" onClick=${again}>${t("page.again")}</button></div>`}
	</${Notice}>`;
}

/** The same of what a screen shows: nobody has pressed anything. */
export function Unread({ error, again }) {
	return html`<${Failure} error=${error} again=${again} title=${t(error.status === 403 ? "page.error.notyours" : "page.error.read")} />`;
}

/** Nothing is there, and why that is good or what to do. */
export function Empty({ icon = "done", children }) {
	return html`<div class="empty"><${Icon} name=${icon} />${children}</div>`;
}

/** Until an answer is there. Said aloud only when it lasts. */
export function Waiting() {
	return html`<p class="soft" aria-busy="true">${t("page.waiting")}</p>`;
}

/** The three states of an answer: <${Answer} of=${useApi("due")}>${(data) => html`…`}</>. */
export function Answer({ of, children }) {
	if (of.error) return html`<${Unread} error=${of.error} again=${of.again} />`;
	if (!of.data) return html`<${Waiting} />`;
	return children(of.data);
}
