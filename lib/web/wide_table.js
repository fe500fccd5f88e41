// wide table: many columns of figures, to be compared down and across: a table on a narrow screen too, which moves within its place under
// its heads and beside its first column, and says so where it goes on. columns: [{label, cell}], the first names the row; rowKey(row).
import { html, t, useEffect, useRef, useState } from "./base.js";

/** Does what stands in that ref go on at the right; and what is to be called when it was moved. */
function useGoesOn(ref) {
	const [goes, set] = useState(false);
	const look = () => { const el = ref.current; if (el) set(el.scrollLeft + el.clientWidth < el.scrollWidth - 1); };
	useEffect(() => {
		const watch = new ResizeObserver(look);
		for (const el of [ref.current, ref.current.firstElementChild]) watch.observe(el);
		return () => watch.disconnect();
	}, []);
	return [goes, look];
}

export function WideTable({ caption, columns, rows, rowKey }) {
	const at = useRef(null), [goes, look] = useGoesOn(at);
	const cell = (c, row, i) => (i === 0 ? html`<th scope="row">${c.cell(row)}</th>` : html`<td class="num">${c.cell(row)}</td>`);
	return html`<div class=${goes ? "wide-table goes-on" : "wide-table"}><p class="soft" hidden=${!goes}>${t("page.table.goes_on")}</p>
		<div class="wide-place"><div class="wide-moves" ref=${at} onScroll=${look} role="region" aria-label=${caption} tabindex="0"><table>
			<caption class="visually-hidden">${caption}</caption>
			<thead><tr>${columns.map((c, i) => html`<th scope="col" class=${i > 0 ? "num" : undefined}>${c.label}</th>`)}</tr></thead>
			<tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>${columns.map((c, i) => cell(c, row, i))}</tr>`)}</tbody>
		</table></div></div></div>`;
}
