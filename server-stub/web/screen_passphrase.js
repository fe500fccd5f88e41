// passphrase: another passphrase for one's own key. The other sessions of the account end.
import { api, html, t, useRef, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Notice } from "/lib/notice.js";
import * as links from "./links.js";

export const path = "/passphrase";
export const title = "centre.passphrase.title";
export const needs = "staff_passphrase";

const EMPTY = { old: "", fresh: "", again: "" };

function wrongs(v) {
	const empty = (name) => (v[name] === "" ? t("page.needed") : "");
	return { old: empty("old"), fresh: empty("fresh"), again: empty("again") || (v.again !== v.fresh ? t("centre.passphrase.differ") : "") };
}

export function view({ me }) {
	const [v, setV] = useState(EMPTY);
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState(false);
	const [said, setSaid] = useState(null);
	const form = useRef(null);
	const wrong = tried ? wrongs(v) : {};
	const field = (name, label, autocomplete, hint) => html`<${Field} type="password" name=${name} label=${label} hint=${hint} autocomplete=${autocomplete} class="short"
		value=${v[name]} onInput=${(x) => setV((old) => ({ ...old, [name]: x }))} wrong=${wrong[name]} />`;
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		setSaid(null);
		const first = Object.entries(wrongs(v)).find(([, w]) => w);
		if (first) return form.current.querySelector(`[name=${first[0]}]`).focus();
		setBusy(true);
		try {
			await api("staff_passphrase", { passphrase: v.old, new_passphrase: v.fresh });
			setSaid({ kind: "good", text: t("centre.passphrase.done") });
		} catch (err) {
			setSaid({ kind: "bad", text: err.message });
		}
		setV(EMPTY);
		setTried(false);
		return setBusy(false);
	};
	return html`<p class="lead">${t("centre.passphrase.lead")}</p>
		${said && html`<${Notice} kind=${said.kind}><p>${said.text}</p></${Notice}>`}
		<form class="card" ref=${form} novalidate onSubmit=${submit}>
			<input type="text" class="visually-hidden" autocomplete="username" value=${me.account} readonly tabindex="-1" aria-hidden="true" />
			${field("old", t("centre.passphrase.old"), "current-password")}
			${field("fresh", t("centre.passphrase.new"), "new-password", t("centre.passphrase.hint"))}
			${field("again", t("centre.passphrase.again"), "new-password")}
			<div class="actions"><button type="submit" disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t("centre.passphrase.do")}</button>
				<a role="button" class="auto secondary outline" href=${links.home()}>${t("page.back")}</a></div>
		</form>`;
}
