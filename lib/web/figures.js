// figures: a few numbers that tell how things stand, large. items: [{label, value, kind}], kind as of a badge.
import { html, number } from "./base.js";

export function Figures({ label, items }) {
	return html`<dl class="figures" aria-label=${label}>${items.map((i) => html`<div key=${i.label} class=${`figure figure-${i.kind || "info"}`}>
		<dt>${i.label}</dt><dd>${number(i.value)}</dd></div>`)}</dl>`;
}
