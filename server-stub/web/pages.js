// pages: from one page of a long list to the next.
import { html, number, t } from "/lib/base.js";

/** to(offset): the address of another page. */
export function Pages({ total, offset, size, to }) {
	if (total <= size && offset === 0) return null;
	return html`<nav class="actions" aria-label=${t("centre.pages")}>
		${offset > 0 && html`<a role="button" class="secondary outline" href=${to(Math.max(0, offset - size))}>${t("centre.pages.before")}</a>`}
		<span>${t("centre.pages.of", { from: number(offset + 1), to: number(Math.min(total, offset + size)), total: number(total) })}</span>
		${offset + size < total && html`<a role="button" class="secondary outline" href=${to(offset + size)}>${t("centre.pages.after")}</a>`}</nav>`;
}
