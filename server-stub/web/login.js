// login: account and passphrase. There is no other way in, and no "forgot": a lost passphrase means a new account (decision 0024).
import { hasText, html, t, useEffect, useRef, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Notice } from "/lib/notice.js";
import { signIn } from "./session.js";

/** Seconds until another try is taken, counted down. */
function useWait() {
	const [left, set] = useState(0);
	useEffect(() => {
		if (left <= 0) return undefined;
		const timer = setTimeout(() => set(left - 1), 1000);
		return () => clearTimeout(timer);
	}, [left]);
	return [left, set];
}

/** A refusal in the language of the page, which may be changed while it stands there. */
function words(refusal) {
	return refusal.key && hasText(refusal.key) ? t(refusal.key, refusal.args) : refusal.message;
}

function Form({ onEnter }) {
	const [account, setAccount] = useState("");
	const [pass, setPass] = useState("");
	const [wrong, setWrong] = useState(null);
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState(false);
	const [wait, setWait] = useWait();
	const form = useRef(null);
	const at = (i) => form.current.querySelectorAll("input")[i].focus();
	useEffect(() => at(0), []);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (account === "" || pass === "") return at(account === "" ? 0 : 1);
		setBusy(true);
		setWrong(null);
		try {
			return onEnter(await signIn(account, pass));
		} catch (err) {
			setWrong(err);
			setWait(err.wait);
			setPass("");
			setTried(false);
			setBusy(false);
			return at(1);
		}
	};
	return html`<form class="card" ref=${form} novalidate onSubmit=${submit}>
		${wrong && html`<${Notice} kind="bad"><p>${words(wrong)}</p></${Notice}>`}
		<${Field} label=${t("centre.signin.account")} hint=${t("centre.signin.account.hint")} autocomplete="username" autocapitalize="none" spellcheck=${false}
			value=${account} onInput=${setAccount} wrong=${tried && account === "" && t("page.needed")} />
		<${Field} label=${t("centre.signin.passphrase")} type="password" autocomplete="current-password"
			value=${pass} onInput=${setPass} wrong=${tried && pass === "" && t("page.needed")} />
		<div class="actions"><button type="submit" disabled=${busy || wait > 0} aria-busy=${busy ? "true" : undefined}>
			${wait > 0 ? t("centre.signin.wait", { n: wait }) : t("centre.signin.do")}</button></div>
	</form>`;
}

export function Login({ ended, onEnter }) {
	useEffect(() => { document.title = `${t("centre.signin.title")} · ${t("centre.product")}`; }, []);
	return html`<p class="mark"><${Icon} name="centre" /></p>
		<h1 tabindex="-1">${t("centre.signin.title")}</h1>
		<p class="lead">${t("centre.signin.lead")}</p>
		${ended && html`<${Notice} kind="wait" title=${t("centre.signin.ended")}><p>${t("centre.signin.ended.text")}</p></${Notice}>`}
		<${Form} onEnter=${onEnter} />
		<p class="soft">${t("centre.signin.note")}</p>`;
}
