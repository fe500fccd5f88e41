// receipt: that a record is in the log of the centre: when, under which number; checked on the spot, and to print.
import { api, html, lang, number, t, useApi, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice } from "/lib/notice.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";

export const path = "/receipt/:id";
export const title = "page.receipt.title";

function word(r) {
	return t(r.proven ? "receipt.proven" : r.quorum > 0 ? "receipt.accepted" : "receipt.no_witness");
}

function Receipt({ r, id }) {
	const [checked, setChecked] = useState(null);
	const [error, setError] = useState(null);
	const check = async () => {
		setChecked(null);
		setError(null);
		try {
			setChecked(await api("receipt", { id }));
		} catch (e) {
			setError(e);
		}
	};
	const rows = [["slip.kind", r.kind_label], ["slip.title", r.title], ["slip.who", [r.who, r.office].filter(Boolean).join(", ")], ["slip.at", r.at], ["slip.when", r.when],
		["slip.lines", r.lines > 0 && number(r.lines)]];
	return html`<section class="card">
		<p><${Badge} kind="good">${t("page.receipt.number", { n: number(r.index) })}</${Badge}></p>
		<dl class="values">${rows.filter(([, v]) => v).map(([k, v]) => html`<div key=${k}><dt>${t(k)}</dt><dd>${v}</dd></div>`)}</dl>
		<p class="soft">${word(r)}</p>
		<div class="actions"><a role="button" class="auto" target="_blank" rel="noopener" href=${links.paper("receipt", { id, paper: "true" }, lang())}><${Icon} name="print" /> ${t("page.receipt.print")}</a>
			<button type="button" class="secondary outline" onClick=${check}><${Icon} name="check" /> ${t("page.receipt.check")}</button></div>
		</section>
		${checked && html`<${Notice} kind="good" title=${t("page.receipt.good")}><p>${word(checked)}</p></${Notice}>`}
		${error && html`<${Failure} error=${error} again=${check} />`}`;
}

export function view({ params }) {
	const r = useApi("receipt", { id: params.id });
	if (r.error && r.error.key === "store.no_receipt") return html`<${Notice} kind="wait" title=${t("page.receipt.none")}><p>${r.error.message}</p></${Notice}>`;
	return html`<${AnswerOne} of=${r}>${(d) => html`<${Receipt} r=${d} id=${params.id} />`}</>`;
}
