// table: rows of things; heads stay in sight, numbers stand right. columns: [{key, label, num, cell}],
// cell(row) gives what is shown (otherwise row[key]); rowKey(row) names a row for preact.
import { html } from "./base.js";

export function Table({ caption, columns, rows, rowKey }) {
	return html`<div class="table" role="region" aria-label=${caption} tabindex="0"><table>
		<caption class="visually-hidden">${caption}</caption>
		<thead><tr>${columns.map((c) => html`<th scope="col" class=${c.num ? "num" : undefined}>${c.label}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>
			${columns.map((c) => html`<td class=${c.num ? "num" : undefined}>${c.cell ? c.cell(row) : row[c.key]}</td>`)}
		</tr>`)}</tbody>
	</table></div>`;
}
