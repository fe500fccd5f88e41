// decide: two people wrote different things. What stood before, what each wrote, who, when, why; one chooses, or
// writes a third value, and says why. It needs no network: the decision is sealed here and travels like any other.
import { api, html, refresh, t, useApi, useId, useState } from "/lib/base.js";
import { Answer, Empty, Failure, Notice } from "/lib/notice.js";
import { FormField } from "./form_field.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { fieldsOf, say } from "./form_text.js";

export const path = "/decide";
export const title = "page.decide.title";

const AS_TEXT = new Set(["decimal", "date", "datetime"]); // read as people write them

/** A side's value as an operation takes what is typed. */
function typed(field, side) {
	return AS_TEXT.has(field.type) ? side.text : side.value ?? "";
}

function who(side) {
	return [side.who || t("history.unknown"), side.at_text, side.reason && t("page.history.why", { reason: side.reason })].filter(Boolean).join(" · ");
}

function Before({ sides }) {
	if (sides.length === 0) return html`<p class="soft">${t("page.decide.nobase")}</p>`;
	return sides.map((s) => html`<p class="soft" key=${s.entry}>${t("page.decide.base")} <strong>${s.text || t("page.form.nothing")}</strong> (${who(s)})</p>`);
}

function Why({ id, value, onInput }) {
	return html`<div class="field"><label for=${id}>${t("page.decide.why")} <span class="must">${t("page.form.must")}</span></label>
		<textarea id=${id} rows="2" aria-required="true" value=${value} onInput=${(e) => onInput(e.currentTarget.value)}></textarea></div>`;
}

/** Why the button cannot be pressed yet. */
function Todo({ chosen, reason }) {
	return (!chosen || reason.trim() === "") && html`<p class="soft">${t("page.decide.todo")}</p>`;
}

/** Which value; then why. onDone after the decision is sealed. */
function Choice({ record, conflict, field, clerk, onDone, first }) {
	const name = useId("c");
	const [chosen, setChosen] = useState(null); // an entry's id, or "other"
	const [other, setOther] = useState("");
	const [reason, setReason] = useState("");
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const sides = [...conflict.mine.map((s) => [s, "page.decide.mine"]), ...conflict.theirs.map((s) => [s, "page.decide.theirs"])];
	const decide = async (e) => {
		e.preventDefault();
		setBusy(true);
		const side = sides.map(([s]) => s).find((s) => s.entry === chosen);
		try {
			const done = (await api("resolve", { id: record.id, fields: { [conflict.field]: side ? typed(field, side) : other }, seen: conflict.siblings.map((s) => s.entry), reason, clerk: clerk.name })).records[0];
			if (done.errors.length === 0) return onDone();
			setError({ message: done.errors.map((x) => x.text).join(" ") });
		} catch (err) {
			setError(err);
		}
		return setBusy(false);
	};
	return html`<form class="card" onSubmit=${decide}><h2>${record.kind_label} · ${record.title}: ${conflict.label}</h2>
		<${Before} sides=${conflict.base} />
		${error && html`<${Failure} error=${error} />`}
		<fieldset class="sides"><legend class="visually-hidden">${conflict.label}</legend>${sides.map(([s, key]) => html`<label key=${s.entry}>
				<input type="radio" name=${name} checked=${chosen === s.entry} onChange=${() => setChosen(s.entry)} />
				<span><strong>${s.text || t("page.form.nothing")}</strong><br /><span class="soft">${t(key)}: ${who(s)}</span></span></label>`)}
			<label><input type="radio" name=${name} checked=${chosen === "other"} onChange=${() => setChosen("other")} /><span>${t("page.decide.other")}</span></label>
		</fieldset>
		${chosen === "other" && html`<${FormField} field=${field} live=${{ applies: true, required: true, typed: typeof other === "string" ? other : undefined, value: other === "" ? undefined : other }}
			keep=${(v) => v !== undefined && setOther(v)} />`}
		<${Why} id=${`${name}-why`} value=${reason} onInput=${setReason} />
		<${Todo} chosen=${chosen} reason=${reason} />
		<div class="actions"><button type="submit" class=${first ? undefined : "secondary"} disabled=${busy || !chosen || reason.trim() === ""} aria-busy=${busy ? "true" : undefined}>${t("page.decide.do")}</button></div>
		<p class="soft">${t("page.decide.kept")}</p></form>`;
}

/** Written off by one while another edited it: what it is to be from now on. */
function Retired({ record, field, clerk, onDone, first }) {
	const name = useId("w");
	const [chosen, setChosen] = useState(null);
	const [reason, setReason] = useState("");
	const [error, setError] = useState(null);
	const decide = async (e) => {
		e.preventDefault();
		try {
			const done = (await api("resolve", { id: record.id, fields: { [field.name]: chosen }, seen: record.retired.by.map((s) => s.entry), reason, clerk: clerk.name })).records[0];
			if (done.errors.length === 0) return onDone();
			setError({ message: done.errors.map((x) => x.text).join(" ") });
		} catch (err) {
			setError(err);
		}
	};
	return html`<form class="card" onSubmit=${decide}><h2>${record.kind_label} · ${record.title}: ${say(field.label)}</h2>
		${error && html`<${Failure} error=${error} />`}
		<${Notice} kind="wait" title=${t("page.decide.retired")}>${record.retired.by.map((s) => html`<p key=${s.entry}>${s.text}: ${who(s)}</p>`)}
			${record.retired.edits.map((e) => html`<p key=${e.entry}>${e.fields.map((f) => `${f.label}: ${f.text}`).join("; ")} (${who(e)})</p>`)}</${Notice}>
		<fieldset class="sides"><legend class="visually-hidden">${say(field.label)}</legend>${field.list.map((x) => html`<label key=${x.v}>
			<input type="radio" name=${name} checked=${chosen === x.v} onChange=${() => setChosen(x.v)} /><span>${say(x)}</span></label>`)}</fieldset>
		<${Why} id=${`${name}-why`} value=${reason} onInput=${setReason} />
		<${Todo} chosen=${chosen} reason=${reason} />
		<div class="actions"><button type="submit" class=${first ? undefined : "secondary"} disabled=${!chosen || reason.trim() === ""}>${t("page.decide.do")}</button>
			<a href=${links.record(record.kind, record.id)}>${t("page.decide.open")}</a></div></form>`;
}

/** Two corrections of one check: which one counts. */
function Corrections({ of, clerk, onDone, first }) {
	const name = useId("k");
	const [chosen, setChosen] = useState(null);
	const [reason, setReason] = useState("");
	const [error, setError] = useState(null);
	const choose = async (e) => {
		e.preventDefault();
		try { await api("choose", { id: chosen, reason, clerk: clerk.name }); onDone(); } catch (err) { setError(err); }
	};
	return html`<form class="card" onSubmit=${choose}><h2>${of.kind_label || ""} · ${of.title || ""}: ${t("page.decide.corrections")}</h2>
		${error && html`<${Failure} error=${error} />`}
		<fieldset class="sides"><legend class="visually-hidden">${t("page.decide.corrections")}</legend>${of.corrections.map((c) => html`<label key=${c.id}>
			<input type="radio" name=${name} checked=${chosen === c.id} onChange=${() => setChosen(c.id)} />
			<span><strong>${c.reason || c.title}</strong><br /><span class="soft">${t(c.mine ? "page.decide.mine" : "page.decide.theirs")}: ${who({ ...c, reason: "" })}</span>
				<br /><a href=${links.record(of.kind, c.id)}>${t("page.decide.look")}</a></span></label>`)}</fieldset>
		<${Why} id=${`${name}-why`} value=${reason} onInput=${setReason} />
		<${Todo} chosen=${chosen} reason=${reason} />
		<div class="actions"><button type="submit" class=${first ? undefined : "secondary"} disabled=${!chosen || reason.trim() === ""}>${t("page.decide.do")}</button></div></form>`;
}

function Of({ record, clerk, onDone, first }) {
	const form = useApi("form", { kind: record.kind });
	return html`<${Answer} of=${form}>${(data) => {
		const fields = fieldsOf(data);
		return html`${record.fields.map((c, i) => html`<${Choice} key=${c.field} first=${first && i === 0} record=${record} conflict=${c} field=${fields[c.field] || { name: c.field, type: "text", label: { vi: c.label, en: c.label } }} clerk=${clerk} onDone=${onDone} />`)}
			${record.retired && html`<${Retired} record=${record} field=${fields.lifecycle} clerk=${clerk} onDone=${onDone} first=${first && record.fields.length === 0} />`}`;
	}}</${Answer}>`;
}

export function view({ params, clerk }) {
	const open = useApi("conflicts", params.id ? { id: params.id } : {});
	const [done, setDone] = useState(0);
	const onDone = () => { setDone((n) => n + 1); refresh(); };
	return html`${done > 0 && html`<${Notice} kind="good"><p>${t("page.decide.done", { n: done })}</p></${Notice}>`}
		<${AnswerOne} of=${open}>${(data) => {
			const none = data.conflicts.every((r) => r.fields.length === 0 && !r.retired) && data.corrections.length === 0;
			return none ? html`<section class="card"><${Empty}><p>${t("page.decide.none")}</p><p><a href="#/">${t("page.nowhere.home")}</a></p></${Empty}></section>`
				: html`<p class="lead">${t("page.decide.lead")}</p>${data.conflicts.map((r, i) => html`<${Of} key=${r.id} first=${i === 0} record=${r} clerk=${clerk} onDone=${onDone} />`)}
					${data.corrections.map((c, i) => html`<${Corrections} key=${c.id} first=${data.conflicts.length === 0 && i === 0} of=${c} clerk=${clerk} onDone=${onDone} />`)}`;
		}}</${AnswerOne}>`;
}

/** The same for one record. */
export const ofOne = { path: "/decide/:id", title, view };
