// line_dialog: what a clerk says of one asset in a stocktake: how many, or that nobody could get at it, how it is, why it is
// missing, what is proposed, a photo of what is broken. Also of a thing in no book ("surplus"). The rules are the program's (count, surplus).
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Dialog } from "/lib/dialog.js";
import { Field, FilePick } from "/lib/field.js";
import { Answer, Failure } from "/lib/notice.js";
import { childOf, wordsOf, wrongs } from "./answers.js";
import { attach } from "./photo.js";

const LINE = ["count_status", "condition", "use_state", "cause", "proposal", "found_location", "note"];
const SURPLUS = ["name", "class", "uom", "quantity", "use_year", "condition", "use_state", "serial"];

/** The photo picked, as `count` and `surplus` seal it with the line; one that cannot be read is told before anything is sealed. */
async function pictured(file) {
	return file ? { image: await attach(file) } : {};
}

function Choice({ words, value, onInput, wrong }) {
	const none = { value: "", label: t("page.line.none") };
	return html`<${Field} type="choice" label=${words.label} value=${value} options=${[none, ...words.options]} onInput=${onInput} wrong=${wrong} />`;
}

function Form({ names, words, start, save, onClose, photo, lead }) {
	const [fields, set] = useState(start);
	const [wrong, setWrong] = useState({ fields: {}, rest: [] });
	const [error, setError] = useState(null);
	const [file, setFile] = useState(null);
	const [busy, setBusy] = useState(false);
	const put = (name) => (value) => {
		set({ ...fields, [name]: value });
		setWrong({ ...wrong, fields: { ...wrong.fields, [name]: undefined } });
	};
	const submit = async (e) => {
		e.preventDefault();
		setBusy(true);
		setError(null);
		try {
			const got = await save(fields, file);
			if (got.saved) {
				refresh();
				onClose(true);
				return;
			}
			setWrong(wrongs(got));
		} catch (err) {
			setError(err);
		}
		setBusy(false);
	};
	return html`<form onSubmit=${submit} novalidate>
		${lead}
		${error && html`<${Failure} error=${error} />`}
		${wrong.rest.map((x) => html`<p class="wrong" role="alert">${x}</p>`)}
		${names.map((n) => words[n].options
			? html`<${Choice} key=${n} words=${words[n]} value=${fields[n] || ""} onInput=${put(n)} wrong=${wrong.fields[n]} />`
			: html`<${Field} key=${n} label=${words[n].label} hint=${words[n].hint} value=${fields[n] ?? ""} onInput=${put(n)} wrong=${wrong.fields[n]}
				inputmode=${/qty|quantity|year/.test(n) ? "numeric" : undefined} />`)}
		${photo && html`<${FilePick} label=${t("page.line.photo")} accept="image/jpeg,image/png" onFile=${setFile} />`}
		${wrong.fields.image && html`<p class="wrong" role="alert">${wrong.fields.image}</p>`}
		<div class="actions"><button type="submit" disabled=${busy}>${t("page.line.save")}</button>
			<button type="button" class="secondary outline" onClick=${() => onClose(false)}>${t("page.line.cancel")}</button></div>
	</form>`;
}

function start(row) {
	const s = { counted_qty: row.counted && row.counted.qty !== undefined ? String(row.counted.qty) : "" };
	for (const n of LINE) s[n] = row[n] || "";
	s.count_status = row.line ? row.status : "";
	return s;
}

/** One asset of the session. onClose(saved). */
export function LineDialog({ session, row, clerk, onClose }) {
	const form = useApi("form", { kind: "inventory" });
	const [[before, seen]] = useState([start(row), row.seen || []]); // what she has before her; what comes meanwhile stays beside it
	const save = async (fields, file) => {
		const changed = Object.fromEntries(Object.entries(fields).filter(([k, v]) => v !== before[k] && (v !== "" || row.line)));
		if (Object.keys(changed).length === 0 && !file) return { saved: true, records: [] };
		return api("count", { session, asset: row.asset, fields: changed, seen, ...await pictured(file), clerk: clerk.name });
	};
	const lead = html`<p>${row.label && html`<span class="nowrap">${row.label}</span> · `}${row.location || t("page.line.nowhere")}</p>
		${row.last && html`<p class="soft">${t("page.line.last", { at: row.last.counted_at, text: [row.last.status_text, row.last.condition_text, row.last.discrepancy_text].filter(Boolean).join(", ") })}</p>`}`;
	return html`<${Dialog} title=${row.name} onClose=${() => onClose(false)}>
		<${Answer} of=${form}>${(f) => html`<${Form} names=${["counted_qty", ...LINE]} words=${wordsOf(childOf(f, "inventory_line"))} start=${start(row)} save=${save}
			onClose=${onClose} photo lead=${lead} />`}</>
	</${Dialog}>`;
}

/** A thing that is in no book. */
export function SurplusDialog({ session, room, clerk, onClose }) {
	const form = useApi("form", { kind: "asset" });
	const save = async (fields, file) => api("surplus", { session, room, ...await pictured(file), clerk: clerk.name,
		fields: Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== "")) });
	return html`<${Dialog} title=${t("page.line.surplus")} onClose=${() => onClose(false)}>
		<${Answer} of=${form}>${(f) => html`<${Form} names=${SURPLUS} words=${wordsOf(f)} start=${{ quantity: "1" }} save=${save} onClose=${onClose} photo
			lead=${html`<p class="soft">${t("page.line.surplus.lead")}</p>`} />`}</>
	</${Dialog}>`;
}
