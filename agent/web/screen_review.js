// review: all of a draft before it is sealed: what is wrong, what is missing, what changes, what may be the same
// thing recorded twice. Sealing is the one step back of which there is none: it says so.
import { api, html, refresh, t, useState } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice } from "/lib/notice.js";
import { photosOf } from "./draft_parts.js";
import * as links from "./links.js";
import { Photo } from "./photo.js";
import { fieldsOf, saidBelow, say } from "./form_text.js";
import { WithDraft } from "./screen_draft.js";

export const path = "/draft/:id/review";
export const title = "page.review.title";

/** [{text, href}] of what a part of the draft says, by member: "error", "missing". */
function told(part, member, href) {
	return Object.entries(part.fields).filter(([, live]) => live[member]).map(([name, live]) => ({ text: live[member], href: href(name) }));
}

function collect(draft, member, whole) {
	const own = (name) => links.draftAt(draft.id, name);
	const list = [...told(draft, member, own), ...draft[whole].map((text) => ({ text, href: links.draft(draft.id) }))];
	for (const line of draft.lines) {
		const href = (name) => (line.of ? links.draftLine(draft.id, line.of) : links.draftLineAt(draft.id, line.no, name));
		const of = (x) => ({ ...x, text: `${line.title || line.kind_label}: ${x.text}` });
		list.push(...told(line, member, href).map(of), ...line[whole].map((text) => of({ text, href: links.draftLine(draft.id, line.of || line.no) })));
	}
	return list;
}

function warnings(draft) {
	const of = (part, head) => [...Object.values(part.fields).flatMap((f) => f.warnings || []), ...part.warnings].map((x) => head + x);
	return [...of(draft, ""), ...draft.lines.flatMap((x) => of(x, `${x.title || x.kind_label}: `))];
}

function Problems({ kind, title, list }) {
	if (list.length === 0) return null;
	return html`<${Notice} kind=${kind} title=${title}><ul>${list.map((x) => html`<li key=${x.href + x.text}><a href=${x.href}>${x.text}</a></li>`)}</ul></${Notice}>`;
}

/** [{what, old, now}] of a part: what an edit or a correction changes in it. */
function changesOf(part, form, head) {
	const fields = fieldsOf(form);
	return Object.entries(part.fields).filter(([name, live]) => live.old !== undefined && fields[name].by !== "program")
		.map(([name, live]) => ({ what: head + say(fields[name].label), old: live.old || t("page.form.nothing"), now: live.text || t("page.form.nothing") }));
}

function Changes({ draft, form }) {
	const kinds = Object.fromEntries(form.children.map((k) => [k.kind, k]));
	const named = (line) => line.title || line.kind_label;
	const changed = [...changesOf(draft, form, ""),
		...draft.lines.flatMap((line) => line.added
			? [{ what: `${line.kind_label}: ${named(line)}`, old: t("page.form.nothing"), now: t("page.review.added") }]
			: changesOf(line, kinds[line.kind], `${named(line)}: `)),
		...(draft.gone || []).map((what) => ({ what, old: "", now: t("page.review.gone") }))];
	return html`<section class="card"><h2>${t("page.review.changes")}</h2>
		${changed.length === 0 ? html`<p>${t("page.review.nochange")}</p>` : html`<div class="table" role="region" tabindex="0" aria-label=${t("page.review.changes")}><table>
			<thead><tr><th scope="col">${t("page.record.field")}</th><th scope="col">${t("page.record.old")}</th><th scope="col">${t("page.record.new")}</th></tr></thead>
			<tbody>${changed.map((c) => html`<tr key=${c.what}><td>${c.what}</td><td class="soft">${c.old}</td><td><strong>${c.now}</strong></td></tr>`)}</tbody></table></div>`}
	</section>`;
}

function Values({ part, form }) {
	return html`${form.sections.map((s) => {
		const given = s.fields.filter((f) => part.fields[f.name] && part.fields[f.name].applies && part.fields[f.name].text !== undefined && f.by !== "program" && f.by !== "inner");
		const heading = s.label && !saidBelow(s.label, given.map((f) => f.label));
		return given.length > 0 && html`<section key=${s.fields[0].name}>${heading && html`<h3>${say(s.label)}</h3>`}
			<dl class="values">${given.map((f) => html`<div key=${f.name}><dt>${say(f.label)}</dt><dd>${part.fields[f.name].text} ${say(f.unit)}</dd></div>`)}</dl></section>`;
	})}`;
}

function Pictures({ photos }) {
	return photos.length > 0 && html`<div class="photos">${photos.map((x) => html`<${Photo} key=${x.no} image=${x.fields.image.value} caption=${x.fields.caption.text} />`)}</div>`;
}

function Reason({ draft, run }) {
	const [text, setText] = useState(draft.reason || "");
	return html`<section class="card"><div class="field"><label for="why">${t("page.review.reason")} <span class="must">${t("page.form.must")}</span></label>
		<small class="hint" id="why-hint">${t("page.review.reason.hint")}</small>
		<textarea id="why" rows="2" aria-describedby="why-hint" aria-required="true" value=${text} onInput=${(e) => { setText(e.currentTarget.value); run("draft_set", { reason: e.currentTarget.value }); }}></textarea></div></section>`;
}

function Review({ state, form, clerk }) {
	const { draft, run } = state;
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const register = form.class === "register" || form.class === "session" || form.class === "line";
	const seal = async () => {
		setBusy(true);
		if (!await state.settle()) return setBusy(false);
		try {
			const done = (await api("submit", { id: draft.id, clerk: clerk.name })).records[0];
			if (["submitted", "sealed", "unchanged"].includes(done.state)) {
				refresh();
				location.hash = links.record(done.kind, done.id);
				return undefined;
			}
			setError({ message: done.errors.map((e) => e.text).join(" ") });
			run("draft_show", {});
		} catch (e) {
			setError(e);
		}
		return setBusy(false);
	};
	const warned = warnings(draft), own = photosOf(draft);
	return html`<p class="lead"><strong>${draft.kind_label}</strong> · ${draft.base_title || draft.title}</p>
		${error && html`<${Failure} error=${error} />`}
		<${Problems} kind="bad" title=${t("page.review.wrong")} list=${collect(draft, "error", "errors")} />
		<${Problems} kind="wait" title=${t("page.review.missing")} list=${collect(draft, "missing", "todo")} />
		${(draft.twins || []).length > 0 && html`<${Notice} kind="wait" title=${t("page.review.twins")}>${draft.twins.map((x) => html`<p key=${x.twin + x.field}>${x.text} <a href=${links.record(draft.kind, x.twin)}>${t("page.review.look")}</a></p>`)}</${Notice}>`}
		${warned.length > 0 && html`<${Notice} kind="wait" title=${t("page.review.warned")}>${warned.map((x) => html`<p key=${x}>${x}</p>`)}</${Notice}>`}
		${draft.ready && warned.length === 0 && html`<${Notice} kind="good"><p>${t("page.review.good")}</p></${Notice}>`}
		${(draft.edits || draft.corrects) && html`<${Changes} draft=${draft} form=${form} />`}
		${draft.edits && draft.reason_needed && html`<${Reason} draft=${draft} run=${run} />`}
		${!draft.edits && html`<section class="card"><h2>${t("page.review.all")}</h2><${Values} part=${draft} form=${form} /></section>`}
		${!draft.edits && form.children.filter((k) => k.kind !== "photo").map((k) => draft.lines.filter((x) => x.kind === k.kind).map((x) => html`<section class="card" key=${x.no}>
			<h2>${x.kind_label}: ${x.title}</h2><${Values} part=${x} form=${k} /><${Pictures} photos=${photosOf(draft, x.no)} /></section>`))}
		${own.length > 0 && html`<section class="card"><h2>${t("page.photo.title", { n: own.length })}</h2><${Pictures} photos=${own} /></section>`}
		<p class="soft"><${Icon} name="lock" /> ${t(register ? "page.review.seal.register" : "page.review.seal.check")}</p>
		${!draft.ready && html`<p>${t("page.review.todo")}</p>`}
		<div class="actions"><button disabled=${busy || !draft.ready || state.unsaved > 0} aria-busy=${busy ? "true" : undefined} onClick=${seal}>${t(register ? "page.review.write" : "page.review.submit")}</button>
			<a role="button" class="secondary outline" href=${links.draft(draft.id)}>${t("page.review.back")}</a></div>`;
}

export function view({ params, clerk }) {
	return html`<${WithDraft} id=${params.id}>${(state, form) => html`<${Review} state=${state} form=${form} clerk=${clerk} />`}</${WithDraft}>`;
}
