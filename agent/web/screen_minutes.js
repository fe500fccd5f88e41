// minutes: the end of a stocktake: what it comes to, the decision on the differences, finishing it (sealing), and the
// paper to print and sign.
import { api, html, lang, moment, refresh, t, useApi, useEffect, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Dialog } from "/lib/dialog.js";
import { Figures } from "/lib/figures.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { counts, Head } from "./screen_stocktake.js";

export const path = "/minutes/:id";
export const title = "page.minutes.title";

/** While nobody types here the box shows what stands in the session, also what comes in; what was typed replaces only what was seen. */
function Opinion({ session, clerk, now }) {
	const live = session.texts.resolution || "";
	const [text, setText] = useState(live);
	const [filled, setFilled] = useState({ text: live, live }); // what the box was last filled with or wrote, and what stood in the session then
	const [said, setSaid] = useState(null);
	const [saved, setSaved] = useState(0); // when the box was last written
	const [own, setOwn] = useState([]); // what was written here, before the session tells of it
	const take = () => { setText(live); setFilled({ text: live, live }); };
	useEffect(() => { if (text === filled.text) take(); }, [live]);
	const other = text !== filled.text && text !== live && live !== filled.live && live !== filled.text.trim();
	const write = async () => {
		try {
			const got = await api("record", { kind: "inventory", id: session.id, fields: { resolution: text }, seen: [...session.seen, ...own], reason: t("page.minutes.opinion"), clerk: clerk.name });
			setSaid(got.saved ? null : new Error(got.records[0].errors.map((e) => e.text).join(" ")));
			if (got.saved) {
				setFilled({ text, live });
				setSaved(now);
				setOwn([...own, got.records[0].entry]);
			}
			refresh();
		} catch (e) {
			setSaid(e);
		}
	};
	const leave = () => {
		const same = text === filled.text || text === live;
		if (same && live !== filled.live) take();
		else if (!same && !other) write();
	};
	return html`<div class="field"><label for="opinion">${t("page.minutes.opinion")}</label>
		${!session.finished && html`<small class="hint" id="opinion-hint">${t("page.minutes.opinion.hint")}</small>`}
		<textarea id="opinion" aria-describedby=${session.finished ? undefined : "opinion-hint"} rows="3" value=${text} onInput=${(e) => setText(e.currentTarget.value)} onBlur=${leave} disabled=${session.finished}></textarea>
		${session.conflicts > 0 && html`<a href=${links.decideOf(session.id)}><${Badge} kind="bad" icon="choose">${t("stocktake.n.undecided")}</${Badge}></a>`}
		${said ? html`<small class="wrong" role="alert">${said.message}</small>`
			: saved > 0 && text === filled.text && html`<small class="soft" role="status">${t("page.minutes.opinion.saved", { at: moment(saved, now) })}</small>`}
		${other && html`<${Notice} kind="wait"><p>${t("page.minutes.opinion.other", { text: live })}</p><div class="actions">
			<button type="button" class="secondary outline" onClick=${write}>${t("page.minutes.opinion.keep")}</button>
			<button type="button" class="secondary outline" onClick=${take}>${t("page.minutes.opinion.take")}</button></div></${Notice}>`}</div>`;
}

function Finish({ session, counts: c, clerk, onClose }) {
	const [error, setError] = useState(null);
	const [wrong, setWrong] = useState([]);
	const finish = async () => {
		try {
			const got = await api("finish", { session: session.id, clerk: clerk.name });
			if (!got.saved) return setWrong(got.records.flatMap((r) => r.errors).map((e) => e.text));
			refresh();
			return onClose();
		} catch (e) {
			return setError(e);
		}
	};
	return html`<${Dialog} title=${t("page.minutes.finish")} onClose=${onClose}>
		${error && html`<${Failure} error=${error} />`}
		${wrong.length > 0 && html`<${Notice} kind="bad">${wrong.map((x) => html`<p>${x}</p>`)}<p><a href=${links.committee(session.id)}>${t("page.stocktake.way.committee")}</a></p></${Notice}>`}
		<p>${t("page.minutes.finish.lead")}</p>
		${c.not_counted > 0 && html`<${Notice} kind="wait"><p>${t("page.minutes.left", { n: c.not_counted })}</p></${Notice}>`}
		<div class="actions"><button type="button" class="secondary" onClick=${finish}>${t("page.minutes.finish.do")}</button>
			<button type="button" class="secondary outline" onClick=${onClose}>${t("page.line.cancel")}</button></div>
	</${Dialog}>`;
}

export function view({ params, clerk, status }) {
	const [ending, setEnding] = useState(false);
	const s = useApi("stocktake", { session: params.id, limit: 0 });
	return html`<${AnswerOne} of=${s}>${(d) => html`<${Head} session=${d.session} here="minutes" />
		<${Figures} label=${t("page.minutes.title")} items=${[...counts(d.counts).slice(0, 3), { label: t("stocktake.n.missing"), value: d.counts.missing, kind: d.counts.missing ? "bad" : "info" },
			{ label: t("stocktake.n.surplus"), value: d.counts.surplus, kind: d.counts.surplus ? "wait" : "info" }]} />
		<section class="card"><p>${t(d.session.finished ? "page.minutes.sealed" : "page.minutes.open")}</p>
			<${Opinion} key=${d.session.finished} session=${d.session} clerk=${clerk} now=${status.now} />
			<div class="actions"><a role="button" class="auto" target="_blank" rel="noopener" href=${links.paper("minutes", { session: params.id }, lang())}><${Icon} name="print" /> ${t("page.minutes.print")}</a>
				${d.session.finished
					? html`<a role="button" class="secondary outline" href=${links.receipt(params.id)}><${Icon} name="paper" /> ${t("page.minutes.receipt")}</a>`
					: html`<button type="button" class="secondary outline" onClick=${() => setEnding(true)}><${Icon} name="lock" /> ${t("page.minutes.finish")}</button>`}</div>
			<p class="soft">${t("page.minutes.sign")}</p></section>
		${ending && html`<${Finish} session=${d.session} counts=${d.counts} clerk=${clerk} onClose=${() => setEnding(false)} />`}`}</>`;
}
