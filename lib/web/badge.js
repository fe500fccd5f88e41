// badge: the state of a thing: picture, word and colour together.
import { html } from "./base.js";
import { Icon } from "./icon.js";

const ICON = { good: "done", wait: "clock", bad: "warn", info: "info" };

export function Badge({ kind = "info", icon, children }) {
	return html`<span class=${`badge badge-${kind}`}><${Icon} name=${icon || ICON[kind]} />${children}</span>`;
}
