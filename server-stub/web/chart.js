// chart: drawn figures, each beside a table that says the same: bars of parts of a whole, and lines over weeks. SVG in sizes of its own,
// stretched to the place there is; colours by class (lib/web/layout.css), so that nothing needs a style attribute.
import { html, number } from "/lib/base.js";

/** Parts of a whole as one bar. parts: [{n, kind: "good|wait|bad|info"}]; label says it in words. */
export function Bar({ parts, whole, label }) {
	let at = 0;
	return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=${label}>
		<rect class="share-rest" x="0" y="0" width="100" height="10" />
		${whole > 0 && parts.filter((p) => p.n > 0).map((p) => {
			const x = at;
			at += (100 * p.n) / whole;
			return html`<rect key=${p.kind} class=${`share-${p.kind}`} x=${x} y="0" width=${(100 * p.n) / whole} height="10" />`;
		})}</svg>`;
}

const W = 460, H = 190, LEFT = 74, BOTTOM = 34, TOP = 14;

/** Lines over weeks. names: what stands below each point, and below what they are; lines: [{kind, values}]; max: the whole. */
export function Lines({ names, below, lines, max, label }) {
	const x = (i) => LEFT + (names.length > 1 ? (i * (W - LEFT - 16)) / (names.length - 1) : (W - LEFT) / 2);
	const top = max < 2 ? 1 : 2 * Math.ceil(max / 2); // even, so that half of it is a number of communes, too
	const y = (v) => TOP + (H - TOP - BOTTOM) * (1 - v / top);
	return html`<svg class="lines" viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${label}>
		${(top === 1 ? [0, 1] : [0, top / 2, top]).map((v) => html`<g key=${v}><path class="lines-grid" d=${`M${LEFT} ${y(v)}H${W - 8}`} />
			<text x=${LEFT - 8} y=${y(v) + 5} text-anchor="end">${number(v)}</text></g>`)}
		<text x=${LEFT - 8} y=${H - 8} text-anchor="end">${below}</text>
		${names.map((n, i) => (names.length - 1 - i) % 2 === 0 && html`<text key=${n} x=${x(i)} y=${H - 8} text-anchor="middle">${n}</text>`)}
		${lines.map((l) => html`<path key=${l.kind} class=${`line-${l.kind}`} d=${l.values.map((v, i) => `${i ? "L" : "M"}${x(i)} ${y(v)}`).join("")} />
			${l.values.map((v, i) => html`<circle class=${`dot-${l.kind}`} cx=${x(i)} cy=${y(v)} r="4" />`)}`)}
	</svg>`;
}
