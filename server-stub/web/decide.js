// decide: what a verifier decides about a record: approve, return with comments on single fields, reject; sealed by their own key.
import { api, html, t, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { sign } from "./sign.js";
import { titleOf } from "./submission_parts.js";

const WAYS = { approve: "approved", return: "returned", reject: "rejected" };

function Comments({ fields, comments, setComments }) {
	const options = [{ value: "", label: t("centre.decide.whichfield") }, ...Object.entries(fields).filter(([n]) => n !== "children").map(([n, f]) => ({ value: n, label: f.label }))];
	const change = (i, more) => setComments(comments.map((c, k) => (k === i ? { ...c, ...more } : c)));
	return html`${comments.map((c, i) => html`<div class="fields" key=${i}>
			<${Field} type="choice" label=${t("centre.decide.field")} value=${c.field} options=${options} onInput=${(field) => change(i, { field })} />
			<${Field} label=${t("centre.decide.comment")} value=${c.text} onInput=${(text) => change(i, { text })} /></div>`)}
		<div class="actions below"><button type="button" class="secondary outline" onClick=${() => setComments([...comments, { field: "", text: "" }])}>${t("centre.decide.more")}</button></div>`;
}

/** The outcomes that would be taken from whoever looks at it, are the program's to say. */
export function Decide({ record, which, onDone }) {
	const ways = Object.keys(WAYS).filter((w) => record.standing.takes.includes(WAYS[w]));
	const [way, setWay] = useState("");
	const [reason, setReason] = useState("");
	const [comments, setComments] = useState([{ field: "", text: "" }]);
	const [tried, setTried] = useState(false);
	const given = comments.filter((c) => c.field && c.text.trim());
	const missing = way !== "approve" && reason.trim() === "";
	const decide = async (e) => {
		e.preventDefault();
		setTried(true);
		if (!way || missing) return;
		const body = way === "approve" ? {} : { reason: reason.trim(), field: given.map((c) => c.field), comment: given.map((c) => c.text.trim()) };
		const done = await sign({
			title: t("centre.decide.title"), action: t("centre.decide.do"),
			what: html`<p>${record.kind_label} · ${titleOf(record)}: <strong>${t(`submissions.state.${WAYS[way]}`)}</strong></p>`,
			run: (passphrase) => api("review", { ...which, [way]: true, ...body, passphrase }),
		});
		if (!done) return;
		setWay("");
		setReason("");
		setComments([{ field: "", text: "" }]);
		setTried(false);
		onDone(t("centre.decide.done"));
	};
	const head = html`<h2 id="decide" tabindex="-1">${t("centre.decide.title")}</h2>`;
	if (ways.length === 0) return html`<section class="card" aria-labelledby="decide">${head}<p>${t("centre.decide.above")}</p></section>`;
	return html`<section class="card" aria-labelledby="decide">${head}<form novalidate onSubmit=${decide}>
		${!ways.includes("approve") && html`<p>${t(record.standing.verified ? "centre.decide.superseded" : "centre.decide.unsound")}</p>`}
		<fieldset class="sides"><legend class="visually-hidden">${t("centre.decide.title")}</legend>${ways.map((w) => html`<label key=${w}>
			<input type="radio" name="way" value=${w} checked=${way === w} onChange=${() => setWay(w)} /><span>${t("centre.decide." + w)}</span></label>`)}</fieldset>
		${way && way !== "approve" && html`<${Comments} fields=${record.fields} comments=${comments} setComments=${setComments} />
			<${Field} label=${t("centre.sign.reason")} value=${reason} onInput=${setReason} wrong=${tried && missing && t("page.needed")} />`}
		<div class="actions"><button type="submit" disabled=${!way}>${t("centre.decide.do")}</button>${!way && html`<span class="soft">${t("centre.decide.first")}</span>`}</div></form></section>`;
}
