// pager: pages of a long list by links, so that "back" works: <${Pager} total offset size to=${(offset) => "#/…"} />.
import { html, number, t } from "/lib/base.js";
import { Icon } from "/lib/icon.js";

export function Pager({ total, offset, size, to }) {
	if (total <= size && offset === 0) return null;
	const last = Math.min(offset + size, total);
	const step = (at, icon, word) => at >= 0 && at < total
		? html`<a role="button" class="auto secondary outline" href=${to(at)}><${Icon} name=${icon} /> ${word}</a>`
		: null;
	return html`<nav class="actions" aria-label=${t("centre.pager.label")}>
		${step(offset - size < 0 && offset > 0 ? 0 : offset - size, "back", t("centre.pager.before"))}
		<span class="soft">${t("centre.pager.range", { from: number(offset + 1), to: number(last), total: number(total) })}</span>
		${step(offset + size, "next", t("centre.pager.after"))}
	</nav>`;
}
