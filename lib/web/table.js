// table: rows of things; heads stay in sight, numbers stand right. On a narrow screen a row becomes a card in which each value stands under
// the head of its column (data-label), for side by side there is room for a word each. The roles say again what is lost there. columns: [{key, label, num, look, cell}],
// cell(row) gives what is shown (otherwise row[key]); rowKey(row) names a row for preact.
import { html } from "./base.js";

/** look: "name" is what the row is of: broad, and over the whole of a card; "whole": likewise over the whole of it; "most": what is long. */
const looks = (c) => [c.num && "num", c.look].filter(Boolean).join(" ") || undefined;

export function Table({ caption, columns, rows, rowKey }) {
	return html`<div class="table" role="region" aria-label=${caption} tabindex="0"><table role="table">
		<caption class="visually-hidden">${caption}</caption>
		<thead role="rowgroup"><tr role="row">${columns.map((c) => html`<th scope="col" role="columnheader" class=${looks(c)}>${c.label}</th>`)}</tr></thead>
		<tbody role="rowgroup">${rows.map((row) => html`<tr key=${rowKey(row)} role="row">
			${columns.map((c) => html`<td role="cell" data-label=${typeof c.label === "string" ? c.label : undefined} class=${looks(c)}>${c.cell ? c.cell(row) : row[c.key]}</td>`)}
		</tr>`)}</tbody>
	</table></div>`;
}
