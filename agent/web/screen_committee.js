// committee: who counts. They sign on paper; the clerk seals.
import { api, html, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field } from "/lib/field.js";
import { Answer, Empty, Failure } from "/lib/notice.js";
import { childOf, wordsOf, wrongs } from "./answers.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { Head } from "./screen_stocktake.js";

export const path = "/committee/:id";
export const title = "page.committee.title";

const NAMES = ["name", "position", "represents", "role"];
const NOBODY = { name: "", position: "", represents: "", role: "uy_vien" };

function start(member, no) {
	if (member) return Object.fromEntries(NAMES.map((n) => [n, member.fields[n] || ""]));
	return no === 1 ? { ...NOBODY, role: "truong_ban" } : NOBODY;
}

/** member: the one to change, as it stands now; only what was changed here is written: another PC may have written the rest meanwhile. */
function Member({ session, member, no, words, clerk, onDone }) {
	const [typed, setTyped] = useState({});
	const [seen] = useState(member && member.seen); // what she began with; what comes meanwhile is not written over
	const before = start(member, no), fields = { ...before, ...typed };
	const [wrong, setWrong] = useState({ fields: {}, rest: [] });
	const [error, setError] = useState(null);
	const put = (name) => (value) => setTyped({ ...typed, [name]: value });
	const submit = async (e) => {
		e.preventDefault();
		const changed = Object.fromEntries(NAMES.filter((n) => fields[n] !== before[n]).map((n) => [n, fields[n]]));
		if (member && Object.keys(changed).length === 0) return onDone();
		try {
			const got = await api("record", member
				? { kind: "committee_member", id: member.id, fields: changed, seen, reason: t("page.committee.reason"), clerk: clerk.name }
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
	const [chosen, setChosen] = useState(null); // id of the member to change
	const [round, setRound] = useState(0); // a new form after each that was written
	const onDone = () => { setChosen(null); setRound((n) => n + 1); };
	const s = useApi("stocktake", { session: params.id, limit: 0 });
	const form = useApi("form", { kind: "inventory" });
	return html`<${AnswerOne} of=${s}>${(d) => html`<${Head} session=${d.session} here="committee" />
		<section class="card" aria-label=${t("page.committee.title")}>${d.committee.length === 0
			? html`<${Empty} icon="person"><p>${t("page.committee.none")}</p></${Empty}>`
			: html`<ul class="rows">${d.committee.map((m) => html`<li key=${m.id}><div class="grow"><strong>${m.texts.name}</strong>
				<br /><span class="soft">${[m.texts.position, m.texts.represents].filter(Boolean).join(" · ")}</span></div>${m.conflicts > 0 && html`<a href=${links.decideOf(m.id)}><${Badge} kind="bad" icon="choose">${t("stocktake.n.undecided")}</${Badge}></a>`}<span>${m.texts.role}</span>
				${!d.session.finished && html`<button type="button" class="secondary outline small auto" onClick=${() => setChosen(m.id)}>${t("page.committee.edit")}</button>`}</li>`)}</ul>`}
		</section>
		${!d.session.finished && html`<${Answer} of=${form}>${(f) => html`<${Member} key=${chosen || round} session=${params.id} member=${d.committee.find((m) => m.id === chosen)}
			no=${d.committee.length + 1} words=${wordsOf(childOf(f, "committee_member"))} clerk=${clerk} onDone=${onDone} />`}</>`}`}</>`;
}
