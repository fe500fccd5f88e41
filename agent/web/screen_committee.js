// committee: who counts. They sign on paper; the clerk seals.
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import { childOf, wordsOf, wrongs } from "./answers.js";
import { AnswerOne } from "./not_here.js";
import { Head } from "./screen_stocktake.js";

export const path = "/committee/:id";
export const title = "page.committee.title";

const NAMES = ["name", "position", "represents", "role"];
const NOBODY = { name: "", position: "", represents: "", role: "uy_vien" };

function Member({ session, member, no, words, clerk, onDone }) {
	const [fields, set] = useState(member ? Object.fromEntries(NAMES.map((n) => [n, member.fields[n] || ""])) : no === 1 ? { ...NOBODY, role: "truong_ban" } : NOBODY);
	const [wrong, setWrong] = useState({ fields: {}, rest: [] });
	const [error, setError] = useState(null);
	const put = (name) => (value) => set({ ...fields, [name]: value });
	const submit = async (e) => {
		e.preventDefault();
		try {
			const got = await api("record", member
				? { kind: "committee_member", id: member.id, fields, reason: t("page.committee.reason"), clerk: clerk.name }
				: { kind: "committee_member", parent: session, fields: { no, ...fields }, clerk: clerk.name });
			if (!got.saved) return setWrong(wrongs(got));
			refresh();
			return onDone();
		} catch (err) {
			return setError(err);
		}
	};
	return html`<form class="card" onSubmit=${submit} aria-label=${t(member ? "page.committee.change" : "page.committee.add")} novalidate>
		<h2>${t(member ? "page.committee.change" : "page.committee.add")}</h2>
		${error && html`<${Failure} error=${error} />`}
		${wrong.rest.map((x) => html`<p class="wrong" role="alert">${x}</p>`)}
		<div class="pair">${NAMES.map((n) => html`<${Field} key=${n} type=${words[n].options ? "choice" : "text"} options=${words[n].options} label=${words[n].label}
			value=${fields[n]} onInput=${put(n)} wrong=${wrong.fields[n]} required=${words[n].required} />`)}</div>
		<div class="actions"><button type="submit">${t("page.line.save")}</button>
			${member && html`<button type="button" class="secondary outline" onClick=${onDone}>${t("page.line.cancel")}</button>`}</div>
	</form>`;
}

export function view({ params, clerk }) {
	const [member, setMember] = useState(null);
	const s = useApi("stocktake", { session: params.id, limit: 0 });
	const form = useApi("form", { kind: "inventory" });
	return html`<${AnswerOne} of=${s}>${(d) => html`<${Head} session=${d.session} here="committee" />
		<section class="card" aria-label=${t("page.committee.title")}>${d.committee.length === 0
			? html`<${Empty} icon="person"><p>${t("page.committee.none")}</p></${Empty}>`
			: html`<ul class="rows">${d.committee.map((m) => html`<li key=${m.id}><div class="grow"><strong>${m.texts.name}</strong>
				<br /><span class="soft">${[m.texts.position, m.texts.represents].filter(Boolean).join(" · ")}</span></div><span>${m.texts.role}</span>
				${!d.session.finished && html`<button type="button" class="secondary outline small auto" onClick=${() => setMember(m)}>${t("page.committee.edit")}</button>`}</li>`)}</ul>`}
		</section>
		${!d.session.finished && html`<${Answer} of=${form}>${(f) => html`<${Member} key=${member ? member.id : d.committee.length} session=${params.id} member=${member}
			no=${d.committee.length + 1} words=${wordsOf(childOf(f, "committee_member"))} clerk=${clerk} onDone=${() => setMember(null)} />`}</>`}`}</>`;
}
