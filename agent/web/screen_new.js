// new: what can be filled in, and what has been begun and not sealed yet.
import { api, html, moment, refresh, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Answer, Failure, Unread } from "/lib/notice.js";
import { beginDraft } from "./draft_begin.js";
import { DraftsDamaged } from "./drafts_damaged.js";
import * as links from "./links.js";
import { say } from "./form_text.js";

export const path = "/new";
export const title = "page.new.title";
export const menu = { icon: "form", label: "page.menu.new" };

// What a clerk begins here: what goes to the centre, and what goes into a register. Stocktakes begin on their own screen, lines and photos within something.
const PARTS = [["page.new.choose", ["check", "statement"], "form"], ["page.new.into", ["register"], "book"]];

function Draft({ draft, now, onError }) {
	const remove = async () => {
		if (!confirm(t("page.new.remove.sure", { title: draft.title || draft.kind_label }))) return;
		try { await api("draft_remove", { id: draft.id }); } catch (e) { onError(e); }
		refresh();
	};
	return html`<li><span class="grow"><a href=${links.draft(draft.id)}><strong>${draft.kind_label}</strong>${draft.title && ` · ${draft.title}`}</a><br />
			<span class="soft">${t("page.new.saved", { at: moment(draft.saved_at, now) })}</span></span>
		<${Badge} kind="wait" icon="edit">${t("page.new.draft")}</${Badge}>
		<button class="secondary outline auto small" onClick=${remove}>${t("page.new.remove")}</button></li>`;
}

export function view({ clerk, status }) {
	const forms = useApi("form");
	const drafts = useApi("list", { drafts: true });
	const [error, setError] = useState(null);
	const begin = async (kind) => {
		try { await beginDraft({ kind }, clerk); } catch (e) { setError(e); }
	};
	const begun = html`<${Answer} of=${drafts}>${(data) => data.drafts.length > 0 && html`<section class="card"><h2>${t("page.new.begun")}</h2>
		<ul class="rows">${data.drafts.map((d) => html`<${Draft} key=${d.id} draft=${d} now=${status.now} onError=${setError} />`)}</ul></section>`}</${Answer}>`;
	const part = (forms, [key, classes, icon]) => html`<section class="card" key=${key}><h2>${t(key)}</h2><div class="choices" role="group" aria-label=${t(key)}>
		${forms.filter((f) => classes.includes(f.class)).sort((a, b) => classes.indexOf(a.class) - classes.indexOf(b.class))
			.map((f) => html`<button type="button" key=${f.kind} onClick=${() => begin(f.kind)}><${Icon} name=${icon} /><span><strong>${say(f.label)}</strong></span></button>`)}
	</div></section>`;
	const again = () => { drafts.again(); forms.again(); };
	if (drafts.error && forms.error) return html`<${Unread} error=${forms.error} again=${again} />`;
	return html`${error && html`<${Failure} error=${error} />`}<div><${DraftsDamaged} of=${drafts.data} />${begun}</div>
		<div><${Answer} of=${forms}>${(data) => PARTS.map((one) => part(data.forms, one))}</${Answer}></div>`;
}
