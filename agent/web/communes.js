// communes: which communes this PC writes for, and what a division of one means to it: in the words of `status`.
import { html, t } from "/lib/base.js";
import { Notice } from "/lib/notice.js";

const MEANS = { moved: "status.split_moved", stays: "status.split_stays", got: "status.split_got" };

function splitText(x, here) {
	return t(MEANS[x.means], { unit: x.unit_name, unit_code: x.unit, into: x.into_name, into_code: x.into, here });
}

/** Those of late, for the home screen. */
export function Divided({ status }) {
	return (status.splits || []).filter((x) => x.recent).map((x) => html`<${Notice} key=${x.unit + x.into} title=${t("page.communes.divided", { unit: x.unit_name, date: x.date_text })}>
		<p>${splitText(x, status.unit)} <a href="#/send">${t("page.communes.all")}</a></p></${Notice}>`);
}

/** All of them, where there is more to say than the one commune above every screen. */
export function Communes({ status: s }) {
	const others = (s.scopes || []).filter((x) => x.scope !== s.scope);
	const splits = s.splits || [];
	if (others.length + splits.length === 0) return null;
	return html`<section class="card" aria-labelledby="communes"><h2 id="communes">${t("page.communes.title")}</h2><ul class="rows">
		<li><p class="grow"><strong>${t("status.unit", { unit: s.unit, scope: s.scope })}</strong></p></li>
		${others.map((x) => html`<li key=${x.scope}><p class="grow">${t(x.ended ? "status.ended" : "status.also", { unit: x.unit, scope: x.scope, n: x.unsent })}</p></li>`)}
		${splits.map((x) => html`<li key=${x.unit + x.into}><p class="grow">${splitText(x, s.unit)}</p></li>`)}
	</ul></section>`;
}
