// register: assets or premises as one table: search while typing, filters, order, thousands of rows. What
// is found, how it is sorted and every word shown come from the operation `table`; here stands only
// which columns and filters a register has.
import { go, html, number, t, useApi, useEffect, useMemo, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Filters as Folded } from "/lib/filters.js";
import { Icon } from "/lib/icon.js";
import { Empty, Unread, Waiting } from "/lib/notice.js";
import { useRows } from "/lib/rows.js";
import { WindowTable } from "/lib/window_table.js";
import * as links from "./links.js";

export const path = "/register/:kind";
export const title = "page.register.title";
export const wide = true;
export const menu = { icon: "book", label: "page.menu.register", path: "/register/asset" };

const PIECE = 60;

const REGISTERS = {
	asset: {
		icon: "box", label: "page.register.asset", hint: "page.register.search_hint_asset", create: "page.register.new_asset", code: "asset_code", under: "location",
		columns: ["facility_id", "class", "use_state", "original_cost", "residual"],
		filters: ["facility_id", "class", "use_state", "condition", "lifecycle"],
	},
	facility: {
		icon: "home", label: "page.register.facility", hint: "page.register.search_hint_facility", create: "page.register.new_facility", code: null, under: "address",
		columns: ["facility_type", "land_area", "floor_area", "surplus_status"],
		filters: ["facility_type", "land_cert", "surplus_status", "handling_form"],
	},
};

/** How a state looks; a word stands beside it in any case. */
const STATE = { dung_muc_dich: "good", sai_muc_dich: "wait", khong_su_dung: "wait", hong_khong_su_dung: "bad" };

/** What was asked last of each register, so that coming back from a record finds the same rows. */
const kept = new Map();

function initial(kind) {
	const query = location.hash.split("?")[1];
	const where = query ? Object.fromEntries(new URLSearchParams(query)) : {};
	const base = { words: "", where: {}, conflicts: false, unsent: false, order: null, top: 0 };
	return query ? { ...base, where } : kept.get(kind) || base;
}

/** Is anything left out? */
function asked(ask) {
	return ask.words !== "" || ask.conflicts || ask.unsent || Object.keys(ask.where).length > 0;
}

function text(row, field) {
	const c = row.cells[field];
	return c ? c.text : "";
}

function Marks({ row }) {
	if (row.conflicts > 0) return html`<${Badge} kind="bad" icon="choose">${t("list.two_values")}</${Badge}>`;
	if (row.unsent > 0) return html`<${Badge} kind="wait">${t("list.unsent")}</${Badge}>`;
	return row.records > 1 ? html`<${Badge} icon="link">${t("page.register.linked", { n: row.records })}</${Badge}>` : null;
}

/** The columns of the register as the table component takes them; `used`: does any record have a value there? */
function columnsOf(kind, about, used) {
	const r = REGISTERS[kind];
	const known = Object.fromEntries(about.map((c) => [c.field, c]));
	const name = known.name;
	const first = {
		key: "name", label: name.label, sort: "name",
		cell: (row) => html`<a class="line" title=${row.title} href=${links.record(kind, row.id)}>${row.held ? row.title : text(row, "name")}</a>
			<span class="line soft"><span class="narrow-only"><${Marks} row=${row} />${" "}</span>${[r.code && text(row, r.code), text(row, r.under)].filter(Boolean).join(" · ")}</span>`,
	};
	const rest = r.columns.filter(used).map((f) => {
		const c = known[f], num = ["money", "derived", "int", "decimal"].includes(c.type);
		const kindOf = (row) => f === "use_state" && row.cells[f] && STATE[row.cells[f].value];
		return {
			key: f, label: c.label, sort: f, num, wide: true, size: num ? "narrow" : undefined,
			cell: (row) => kindOf(row) ? html`<span class=${`state-${kindOf(row)}`}><${Icon} name=${{ good: "done", wait: "clock", bad: "warn" }[kindOf(row)]} /> ${text(row, f)}</span>` : text(row, f),
		};
	});
	return [first, ...rest, { key: "marks", label: t("page.register.marks"), size: "narrow", wide: true, cell: (row) => html`<${Marks} row=${row} />` }];
}

function Filters({ kind, values, ask, change }) {
	const shown = REGISTERS[kind].filters.filter((f) => values[f] && values[f].choices.some((c) => c.value));
	const set = (field, value) => {
		const where = { ...ask.where };
		if (value === "*") delete where[field];
		else where[field] = value;
		change({ where });
	};
	return html`<${Folded} n=${Object.keys(ask.where).length}>
		<div class="bar">${shown.map((f) => html`<${Field} key=${f} type="choice" label=${values[f].label} value=${f in ask.where ? ask.where[f] : "*"} onInput=${(v) => set(f, v)}
			options=${[{ value: "*", label: t("page.register.any") }, ...values[f].choices.map((c) => ({
				value: c.value, label: `${c.text || t("page.register.none")} (${number(c.n)})` }))]} />`)}</div>
	</${Folded}>`;
}

function Tabs({ kind }) {
	return html`<nav class="tabs" aria-label=${t("page.register.which")}>${Object.keys(REGISTERS).map((k) => html`<a key=${k} href=${links.register(k)} aria-current=${k === kind ? "page" : undefined}>
		<${Icon} name=${REGISTERS[k].icon} />${t(REGISTERS[k].label)}</a>`)}</nav>`;
}

/** first: the list that the office has already comes before the records one by one. */
function Actions({ kind, first }) {
	if (first) {
		return html`<div class="actions">
			<a href=${links.importFile(kind)} role="button"><${Icon} name="upload" /> ${t("page.register.import")}</a>
			<a href=${links.create(kind)} role="button" class="secondary outline"><${Icon} name="add" /> ${t(REGISTERS[kind].create)}</a>
		</div>`;
	}
	return html`<div class="actions">
		<a href=${links.create(kind)} role="button"><${Icon} name="add" /> ${t(REGISTERS[kind].create)}</a>
		<a href=${links.importFile(kind)} role="button" class="secondary outline"><${Icon} name="upload" /> ${t("page.register.import")}</a>
		<a href=${links.duplicates()} role="button" class="secondary outline"><${Icon} name="link" /> ${t("page.register.duplicates")}</a>
	</div>`;
}

function Register({ kind }) {
	const r = REGISTERS[kind];
	const [ask, setAsk] = useState(() => initial(kind));
	const [values, setValues] = useState(null);
	const change = (some) => setAsk((old) => ({ ...old, ...some, top: 0 }));
	useEffect(() => { kept.set(kind, ask); }, [ask]);
	const body = {
		kind, where: ask.where, conflicts: ask.conflicts, unsent: ask.unsent,
		columns: [...new Set(["name", r.code, r.under, ...r.columns].filter(Boolean))],
		...(ask.words.trim() ? { words: ask.words } : {}),
		...(ask.order ? { sort: ask.order.by, down: ask.order.down } : {}),
	};
	const question = JSON.stringify(body);
	const rows = useRows("table", useMemo(() => body, [question]), PIECE);
	const choices = useApi("table", { kind, values: true, columns: ["name"], limit: 1 }); // not asked again while somebody types
	useEffect(() => { if (choices.data) setValues(choices.data.values); }, [choices.data]);

	// a scanner sends Enter with its last letter: it means the answer that is still on its way
	const [entered, setEntered] = useState(null);
	useEffect(() => {
		if (entered === null || entered !== ask.words || !rows.fresh) return;
		setEntered(null);
		const id = rows.data.code || (rows.total === 1 && rows.rowAt(0).id);
		if (id) go(links.record(kind, id).slice(1));
	});

	if (rows.error) return html`<${Unread} error=${rows.error} again=${rows.again} />`;
	if (!rows.data || !values) return html`<${Waiting} />`;
	if (rows.data.all === 0) return html`<div class="card"><${Empty} icon="book"><p>${t("page.register.empty")}</p></${Empty}></div><${Actions} kind=${kind} first />`;
	const columns = columnsOf(kind, rows.data.columns, (f) => !values[f] || values[f].choices.some((c) => c.value));
	return html`
		<div class="bar"><div class="field search"><label for="register-words" class="visually-hidden">${t("page.register.search")}</label>
			<input id="register-words" type="search" autocomplete="off" spellcheck=${false} value=${ask.words} placeholder=${t(r.hint)}
				onInput=${(e) => change({ words: e.currentTarget.value })}
				onKeyDown=${(e) => { if (e.key === "ArrowDown") { const a = document.querySelector(".window tbody a"); if (a) { e.preventDefault(); a.focus(); } }
					if (e.key === "Enter") setEntered(e.currentTarget.value); }} /></div></div>
		<${Filters} kind=${kind} values=${values} ask=${ask} change=${change} />
		<div class="tally"><span role="status" class="grow">${t("page.register.tally", { n: rows.total, all: rows.data.all })}</span>
			${asked(ask) && html`<button type="button" class="secondary outline auto small" onClick=${() => change({ words: "", where: {}, conflicts: false, unsent: false })}>${t("page.register.clear")}</button>`}
			<label class="tick"><input type="checkbox" checked=${ask.unsent} onChange=${(e) => change({ unsent: e.currentTarget.checked })} />${t("page.register.unsent")}</label>
			<label class="tick"><input type="checkbox" checked=${ask.conflicts} onChange=${(e) => change({ conflicts: e.currentTarget.checked })} />${t("page.register.conflicts")}</label></div>
		${rows.total === 0 ? html`<div class="card"><${Empty} icon="search"><p>${t("page.register.nothing")}</p></${Empty}></div>`
			: html`<${WindowTable} key=${question} caption=${t(r.label)} columns=${columns} total=${rows.total} rowAt=${rows.rowAt} rowKey=${(row) => row.id}
				onNeed=${rows.need} order=${ask.order || { by: "name", down: false }} onOrder=${(order) => change({ order })} top=${ask.top} onTop=${(top) => { ask.top = top; }} />`}
		<${Actions} kind=${kind} />`;
}

export function view({ params }) {
	if (!REGISTERS[params.kind]) return html`<p class="lead">${t("page.nowhere.text")}</p>`;
	return html`<${Tabs} kind=${params.kind} /><${Register} key=${params.kind} kind=${params.kind} />`;
}
