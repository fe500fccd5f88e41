// window_table: a table of any length of which only the rows in sight exist. All rows are of one height
// (--kk-row); the region scrolls, heads stay. Arrow keys, PageUp/Down, Home and End walk over the links of
// the rows, wherever they are; whoever listens hears the true number of rows.
//
// columns: [{key, label, num, wide, sort, cell}]: sort: the field to order by; wide: only in wide windows.
// rowAt(i): the row, or undefined while it is on its way; onNeed(first, last): rows come into sight.
import { html, t, useEffect, useLayoutEffect, useRef, useState } from "./base.js";
import { Icon } from "./icon.js";

const OVER = 6; // rows beyond each edge

function Head({ column, order, onOrder }) {
	const mine = order && order.by === column.sort;
	const classes = [column.num && "num", column.wide && "wide", column.size].filter(Boolean).join(" ") || undefined;
	const sorted = mine ? (order.down ? "descending" : "ascending") : undefined;
	return html`<th scope="col" class=${classes} aria-sort=${sorted}>${column.sort && onOrder
		? html`<button type="button" class="secondary sort" onClick=${() => onOrder({ by: column.sort, down: mine ? !order.down : false })}>
			${column.label}<${Icon} name=${mine && order.down ? "down" : "up"} /></button>`
		: column.label}</th>`;
}

function Row({ columns, row, index }) {
	return html`<tr aria-rowindex=${index + 2} data-row=${index}>${columns.map((c) => html`<td class=${[c.num && "num", c.wide && "wide"].filter(Boolean).join(" ") || undefined}>
		<div class="clamp">${row ? c.cell(row) : html`<span class="soft">…</span>`}</div></td>`)}</tr>`;
}

/** Which rows are in sight, from how far the region is scrolled. */
function inSight(box, height, total) {
	const first = Math.max(0, Math.floor(box.scrollTop / height) - OVER);
	const last = Math.min(total - 1, Math.ceil((box.scrollTop + box.clientHeight) / height) + OVER);
	return { first, last };
}

const STEP = { ArrowDown: 1, ArrowUp: -1 };

function target(key, at, total, page) {
	if (key in STEP) return at + STEP[key];
	if (key === "PageDown") return at + page;
	if (key === "PageUp") return at - page;
	if (key === "Home") return 0;
	return key === "End" ? total - 1 : undefined;
}

export function WindowTable({ caption, columns, total, rowAt, rowKey, onNeed, order, onOrder, top = 0, onTop }) {
	const box = useRef(null), sizer = useRef(null), table = useRef(null);
	const [sight, setSight] = useState({ first: 0, last: Math.min(total - 1, 30) });
	const [goal, setGoal] = useState(null); // the row that is to have the focus
	const reached = useRef(false);
	const height = useRef(56);

	const look = () => {
		const now = inSight(box.current, height.current, total);
		if (now.first !== sight.first || now.last !== sight.last) setSight(now);
		if (onTop) onTop(box.current.scrollTop);
	};
	useLayoutEffect(() => {
		const row = table.current.querySelector("tbody tr");
		if (row) height.current = row.offsetHeight;
		sizer.current.style.height = `${table.current.tHead.offsetHeight + total * height.current}px`;
		table.current.style.top = `${sight.first * height.current}px`;
	});
	useLayoutEffect(() => { box.current.scrollTop = top; look(); }, []);
	useEffect(look, [total]);
	useEffect(() => { if (total > 0) onNeed(sight.first, sight.last); }, [sight.first, sight.last, total, onNeed]);
	useLayoutEffect(() => { // before the next key comes: a row that moves loses the focus, and a key in between would go nowhere
		const now = document.activeElement;
		if (goal === null || (reached.current && now !== document.body)) return; // the person has gone on
		const link = table.current.querySelector(`tr[data-row="${goal}"] a`);
		if (!link) return;
		reached.current = true;
		if (link !== now) link.focus({ preventScroll: true }); // again, when rows that came above it have moved it
	});

	const walk = (e) => {
		const row = e.target.closest("tr[data-row]");
		const page = Math.max(1, Math.floor((box.current.clientHeight - table.current.tHead.offsetHeight) / height.current) - 1);
		const to = target(e.key, row ? Number(row.dataset.row) : -1, total, page);
		if (to === undefined || total === 0) return;
		e.preventDefault();
		const at = Math.min(Math.max(0, to), total - 1);
		const y = at * height.current, under = box.current.clientHeight - table.current.tHead.offsetHeight - height.current;
		if (y < box.current.scrollTop) box.current.scrollTop = y;
		else if (y > box.current.scrollTop + under) box.current.scrollTop = y - under;
		reached.current = false;
		setGoal(at);
	};

	const rows = [];
	for (let i = sight.first; i <= Math.min(sight.last, total - 1); i++) rows.push(i);
	return html`<div class="window" ref=${box} role="region" aria-label=${caption} tabindex="0" onScroll=${look} onKeyDown=${walk} onPointerDown=${() => setGoal(null)}>
		<div class="window-all" ref=${sizer}><table ref=${table} aria-rowcount=${total + 1}>
			<caption class="visually-hidden">${caption} ${t("page.table.keys")}</caption>
			<thead><tr aria-rowindex="1">${columns.map((c) => html`<${Head} column=${c} order=${order} onOrder=${onOrder} />`)}</tr></thead>
			<tbody>${rows.map((i) => { const row = rowAt(i); return html`<${Row} key=${row ? rowKey(row) : i} columns=${columns} row=${row} index=${i} />`; })}</tbody>
		</table></div></div>`;
}
