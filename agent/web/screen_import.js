// import: a table from a file into a register, in three steps: choose the file, look at what would come of
// it, import. Which column is which, what is wrong with a row and which alphabet the texts seem to be in
// is the operation's finding; a person decides what it asks.
import { api, html, lang, refresh, t, upload, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice, Waiting } from "/lib/notice.js";
import { Table } from "/lib/table.js";
import * as links from "./links.js";

export const path = "/import/:kind";
export const title = "page.import.title";

const STEPS = ["page.import.step.file", "page.import.step.look", "page.import.step.done"];
const LEAD = { asset: "page.import.lead_asset", facility: "page.import.lead_facility" };
const WAYS = {
	unicode: { sample: "text", head: "page.import.way.unicode", use: "page.import.use.unicode" },
	tcvn3: { sample: "tcvn3", head: "page.import.way.tcvn3", use: "page.import.use.tcvn3" },
	vni: { sample: "vni", head: "page.import.way.vni", use: "page.import.use.vni" },
};
const PARTS = [["new", "good", "page.import.new"], ["changed", "good", "page.import.changed"], ["skipped", "info", "page.import.skipped"],
	["refused", "bad", "page.import.refused"]];

function Steps({ at }) {
	return html`<ol class="steps">${STEPS.map((s, i) => html`<li key=${s} class=${i < at ? "done" : undefined} aria-current=${i === at ? "step" : undefined}>${t(s)}</li>`)}</ol>`;
}

function Choose({ onFile, busy }) {
	const take = (files) => { if (files.length > 0) onFile(files[0]); };
	return html`<section class="card" onDragOver=${(e) => e.preventDefault()} onDrop=${(e) => { e.preventDefault(); take(e.dataTransfer.files); }}>
		<div class="field"><strong>${t("page.import.file")}</strong>
			<small class="hint" id="import-hint">${t("page.import.file_hint")}</small>
			<input id="import-file" class="visually-hidden" type="file" accept=".csv,.xlsx,.txt,text/csv" aria-describedby="import-hint" disabled=${busy} onChange=${(e) => take(e.currentTarget.files)} />
			<label for="import-file" class="file"><${Icon} name="upload" /> ${t("page.import.choose")}</label></div>
		${busy && html`<${Waiting} />`}
	</section>`;
}

/** The same texts read three ways; whoever knows the file says which is right. */
function AskEncoding({ answer, choose }) {
	const guess = answer.source.guess;
	const ways = Object.keys(WAYS);
	return html`<section class="card" aria-labelledby="ask-h"><h2 id="ask-h">${t("page.import.ask_encoding")}</h2><p>${t("page.import.ask_encoding_text")}</p>
		<div class="table"><table class="compare"><thead><tr>${ways.map((w) => html`<th key=${w} scope="col">${t(WAYS[w].head)}</th>`)}</tr></thead>
			<tbody>${answer.samples.map((s) => html`<tr key=${s.text}>${ways.map((w) => html`<td key=${w} data-label=${t(WAYS[w].head)}>${s[WAYS[w].sample]}</td>`)}</tr>`)}</tbody></table></div>
		<div class="actions">${[guess, ...ways.filter((w) => w !== guess)].map((w) => html`<button key=${w} class=${w === guess ? undefined : "secondary outline"} onClick=${() => choose(w)}>${t(WAYS[w].use)}</button>`)}</div>
	</section>`;
}

/** Fields a column may be, as the form has them. */
function fieldsOf(form) {
	return form.sections.flatMap((s) => s.fields).filter((f) => f.by === "person" || f.by === "once");
}

function Columns({ answer, fields, match, setMatch }) {
	const options = [{ value: "", label: t("page.import.no_field") }, ...fields.map((f) => ({ value: f.name, label: f.label[lang()] }))];
	const left = answer.columns.filter((c) => c.column && !c.field).length;
	const odd = left > 0 || answer.columns.some((c) => c.numbers);
	return html`<section class="card"><details open=${odd}><summary><strong>${t("page.import.columns")}</strong>${" "}
			<${Badge} kind=${left > 0 ? "wait" : "good"}>${left > 0 ? t("page.import.columns_left", { n: left }) : t("page.import.columns_all")}</${Badge}></summary>
		<p class="soft">${t("page.import.columns_text")}</p>
		<${Table} caption=${t("page.import.columns")} rows=${answer.columns.filter((c) => c.column)} rowKey=${(c) => c.column} columns=${[
			{ key: "column", label: t("page.import.col.column"), cell: (c) => html`<strong>${c.column}</strong>` },
			{ key: "sample", label: t("page.import.col.sample"), cell: (c) => html`${c.sample || ""}${c.numbers ? html`<br /><${Badge} kind="wait">${t("page.import.numbers", { n: c.numbers })}</${Badge}>` : null}` },
			{ key: "field", label: t("page.import.col.field"), cell: (c) => html`<select aria-label=${t("page.import.field_of", { column: c.column })} value=${c.field || ""}
				onChange=${(e) => setMatch({ ...match, [c.column]: e.currentTarget.value || null })}>${options.map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === (c.field || "")}>${o.label}</option>`)}</select>` },
		]} /></details></section>`;
}

/** What every record must have and no column gives: one value for all rows. */
function Missing({ answer, fields, fill, setFill }) {
	if (answer.missing.length === 0) return null;
	const known = Object.fromEntries(fields.map((f) => [f.name, f]));
	return html`<section class="card" aria-labelledby="missing-h"><h2 id="missing-h">${t("page.import.missing")}</h2><p class="soft">${t("page.import.missing_text")}</p>
		${answer.missing.map((m) => known[m.field] && known[m.field].list
			? html`<${Field} key=${m.field} type="choice" label=${m.label} value=${fill[m.field] || ""} onInput=${(v) => setFill({ ...fill, [m.field]: v })}
				options=${[{ value: "", label: t("page.import.not_given") }, ...known[m.field].list.map((i) => ({ value: i.v, label: i[lang()] }))]} />`
			: html`<${Given} key=${m.field} label=${m.label} value=${fill[m.field] || ""} give=${(v) => setFill({ ...fill, [m.field]: v })} />`)}
	</section>`;
}

/** A value that counts when the field is left: each change reads the whole file anew. */
function Given({ label, value, give }) {
	const [typed, setTyped] = useState(value);
	return html`<${Field} label=${label} value=${typed} onInput=${setTyped} onBlur=${() => { if (typed !== value) give(typed); }} />`;
}

function Lines({ heading, items, total, open }) {
	if (items.length === 0) return null;
	return html`<details open=${open}><summary><strong>${t(heading, { n: Math.max(total, items.length) })}</strong></summary>
		<ul>${items.map((x, i) => html`<li key=${i}><strong>${t("page.import.line", { n: x.line })}</strong> ${x.text}</li>`)}</ul></details>`;
}

function Tally({ answer }) {
	return html`<p>${PARTS.filter(([k]) => answer[k] > 0).map(([k, kind, text]) => html`<${Badge} key=${k} kind=${kind}>${t(text, { n: answer[k] })}</${Badge}>${" "}`)}
		<span class="soft">${t("page.import.of_rows", { n: answer.rows })}</span></p>`;
}

function saveText(name, text) {
	const a = document.createElement("a");
	a.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
	a.download = name;
	a.click();
	URL.revokeObjectURL(a.href);
}

/** next: what is to be done with refused rows once the others are in. */
function Findings({ answer, name, next }) {
	return html`<${Lines} heading="page.import.refusals" items=${answer.refusals} total=${answer.refused} open=${answer.refused > 0} />
		<${Lines} heading="page.import.skips" items=${answer.skips} total=${answer.skipped} />
		<${Lines} heading="page.import.warnings" items=${answer.warnings} total=${0} />
		${answer.refused_rows && next && html`<p>${t("page.import.refused_next")}</p>`}
		${answer.refused_rows && html`<p><button class="secondary outline auto small" onClick=${() => saveText(`${name}.csv`, answer.refused_rows)}>${t("page.import.save_refused")}</button></p>`}`;
}

function Preview({ kind, file, clerk, onDone, onBack }) {
	const [ask, setAsk] = useState({ match: {}, fill: {} });
	const [answer, setAnswer] = useState(null);
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(true);
	const [reason, setReason] = useState("");
	const form = useApi("form", { kind });
	const body = { kind, file: file.path, refused: true, ...ask };
	useEffect(() => {
		let here = true;
		setBusy(true);
		api("import", body).then((a) => { if (here) { setAnswer(a); setError(null); setBusy(false); } },
			(e) => { if (here) { setError(e); setBusy(false); } });
		return () => { here = false; };
	}, [JSON.stringify(body)]);
	const apply = async () => {
		setBusy(true);
		try {
			const done = await api("import", { ...body, apply: true, clerk: clerk.name, ...(reason.trim() ? { reason: reason.trim() } : {}) });
			refresh();
			onDone(done);
		} catch (e) {
			setError(e);
			setBusy(false);
		}
	};
	const back = html`<button class="secondary outline" onClick=${onBack}>${t("page.import.other_file")}</button>`;
	if (error) return html`<${Failure} error=${error} /><div class="actions">${back}</div>`;
	if (!answer || !form.data) return html`<${Waiting} />`;
	if (answer.ask === "encoding") return html`<${AskEncoding} answer=${answer} choose=${(encoding) => setAsk({ ...ask, encoding })} /><div class="actions">${back}</div>`;
	const fields = fieldsOf(form.data), n = answer.new + answer.changed;
	return html`
		<p class="lead"><${Icon} name="file" /> <strong>${file.name}</strong>${answer.source.sheets.length > 1 ? null : answer.source.sheet && html` · ${answer.source.sheet}`}</p>
		${answer.source.sheets.length > 1 && html`<${Field} type="choice" label=${t("page.import.sheet")} value=${answer.source.sheet} onInput=${(sheet) => setAsk({ match: {}, fill: {}, sheet })}
			options=${answer.source.sheets.map((s) => ({ value: s, label: s }))} />`}
		<${Missing} answer=${answer} fields=${fields} fill=${ask.fill} setFill=${(fill) => setAsk({ ...ask, fill })} />
		<${Columns} answer=${answer} fields=${fields} match=${ask.match} setMatch=${(match) => setAsk({ ...ask, match })} />
		<section class="card" aria-labelledby="result-h" aria-busy=${busy}><h2 id="result-h">${t("page.import.result")}</h2>
			${answer.ask === "columns" ? html`<${Notice} kind="wait"><p>${t("page.import.no_columns")}</p></${Notice}>` : html`
				<${Tally} answer=${answer} />
				${answer.preview.length > 0 && html`<p class="soft">${t("page.import.first")} ${answer.preview.join("; ")}</p>`}
				<${Findings} answer=${answer} name=${file.name} />
				${(answer.skipped > 0 || ask.update) && html`<label class="tick"><input type="checkbox" checked=${Boolean(ask.update)} onChange=${(e) => setAsk({ ...ask, update: e.currentTarget.checked })} />${t("page.import.update")}</label>`}
				${ask.update && answer.changed > 0 && html`<${Field} label=${t("page.import.reason")} value=${reason} onInput=${setReason} />`}`}
		</section>
		<div class="actions"><button disabled=${busy || n === 0} aria-busy=${busy} onClick=${apply}>${n > 0 ? t("page.import.apply", { n }) : t("page.import.nothing")}</button>${back}</div>`;
}

function Done({ kind, answer, name, onAgain }) {
	return html`<${Notice} kind="good" title=${t("page.import.applied", { n: answer.applied })}><p>${t("page.import.applied_text")}</p></${Notice}>
		<section class="card"><h2>${t("page.import.result")}</h2><${Tally} answer=${answer} /><${Findings} answer=${answer} name=${name} next=${true} /></section>
		<div class="actions"><a href=${links.register(kind)} role="button">${t("page.import.to_register")}</a>
			<button class="secondary outline" onClick=${onAgain}>${t("page.import.other_file")}</button></div>`;
}

export function view({ params, clerk }) {
	return LEAD[params.kind] ? html`<${Import} kind=${params.kind} clerk=${clerk} />` : html`<p class="lead">${t("page.nowhere.text")}</p>`;
}

function Import({ kind, clerk }) {
	const [file, setFile] = useState(null);
	const [done, setDone] = useState(null);
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const again = () => { setFile(null); setDone(null); setError(null); };
	const take = async (f) => {
		setBusy(true);
		setError(null);
		try {
			setFile({ name: f.name, path: (await upload("/upload", f)).file });
		} catch (e) {
			setError(e);
		}
		setBusy(false);
	};
	return html`${!done && html`<p class="lead">${t(LEAD[kind])}</p>`}
		<${Steps} at=${done ? 2 : file ? 1 : 0} />
		${error && html`<${Failure} error=${error} />`}
		${done ? html`<${Done} kind=${kind} answer=${done} name=${file.name} onAgain=${again} />`
			: file ? html`<${Preview} key=${file.path + file.name} kind=${kind} file=${file} clerk=${clerk} onDone=${setDone} onBack=${again} />`
				: html`<${Choose} onFile=${take} busy=${busy} />
					<div class="actions"><a href=${links.register(kind)} role="button" class="secondary outline"><${Icon} name="back" /> ${t("page.duplicates.back")}</a></div>`}`;
}
