// sign: what somebody does in their own name is sealed by their own key, which lies here sealed by their passphrase: it is asked for with
// every act, shown what it is for, sent along with it and kept nowhere.
//
//   const answer = await sign({ title, what, action, run });
//
// title: of the dialog. what: html of what will be signed. action: words of the button. run(passphrase, say): does it and returns the
// answer; say(text) tells how far it is. reason: true asks for a reason too, handed to run as third argument. The promise gives what run
// returned, or undefined when it was closed. A refusal is shown in the dialog, and it can be tried again.
import { html, t, useEffect, useRef, useState } from "/lib/base.js";
import { Dialog } from "/lib/dialog.js";
import { Field } from "/lib/field.js";
import { Notice } from "/lib/notice.js";

let show = () => {};

export function sign(act) {
	return new Promise((resolve) => show({ ...act, resolve }));
}

function Form({ act, me, onDone }) {
	const [pass, setPass] = useState("");
	const [reason, setReason] = useState("");
	const [tried, setTried] = useState(false);
	const [busy, setBusy] = useState("");
	const [error, setError] = useState(null);
	const form = useRef(null);
	const at = (name) => { const el = form.current.querySelector(`[name=${name}]`); if (el) el.focus(); };
	useEffect(() => { // once the dialog is open, which puts the focus on its first button
		const timer = setTimeout(() => form.current && at(act.reason ? "reason" : "passphrase"));
		return () => clearTimeout(timer);
	}, []);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (act.reason && reason.trim() === "") return at("reason");
		if (pass === "") return at("passphrase");
		setBusy(t("centre.sign.busy"));
		setError(null);
		try {
			return onDone(await act.run(pass, setBusy, reason.trim()));
		} catch (err) {
			setError(err);
			setPass("");
			setTried(false);
			setBusy("");
			return at("passphrase");
		}
	};
	return html`<form ref=${form} novalidate onSubmit=${submit}>
		${act.what}
		${error && html`<${Notice} kind="bad"><p>${error.message}</p></${Notice}>`}
		${act.reason && html`<${Field} label=${t("centre.sign.reason")} name="reason" value=${reason} onInput=${setReason}
			wrong=${tried && reason.trim() === "" && t("page.needed")} />`}
		<${Field} label=${t("centre.sign.passphrase", { name: me.name })} hint=${t("centre.sign.hint")} name="passphrase" type="password"
			autocomplete="current-password" value=${pass} onInput=${setPass} wrong=${tried && pass === "" && t("page.needed")} />
		<div class="actions"><button type="submit" disabled=${busy !== ""} aria-busy=${busy ? "true" : undefined}>${act.action}</button>
			<button type="button" class="secondary outline" disabled=${busy !== ""} onClick=${() => onDone(undefined)}>${t("centre.sign.cancel")}</button></div>
		<p class="soft" role="status">${busy}</p>
	</form>`;
}

/** Where the dialog stands; once, in the shell. */
export function SignHere({ me }) {
	const [act, setAct] = useState(null);
	useEffect(() => {
		show = setAct;
		return () => { show = () => {}; };
	}, []);
	if (!act) return null;
	const done = (answer) => {
		setAct(null);
		act.resolve(answer);
	};
	return html`<${Dialog} title=${act.title} onClose=${() => done(undefined)}><${Form} act=${act} me=${me} onDone=${done} /></${Dialog}>`;
}
