// start: the first ten minutes of a PC. Three steps: the slip of the centre (typed, or its file from a USB
// stick), the clerk and her PIN, the fingerprint to read out on the phone. Without a network the
// request waits by itself and work may begin at once (P25).
import { api, html, t, useEffect, useRef, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Field, FilePick } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice } from "/lib/notice.js";
import { ClerkFields, complete, useClerk } from "./new_clerk.js";

const STEPS = ["page.start.step.slip", "page.start.step.clerk", "page.start.step.phone"];

function Steps({ at }) {
	return html`<ol class="steps">${STEPS.map((key, i) =>
		html`<li class=${i < at ? "done" : undefined} aria-current=${i === at ? "step" : undefined}>${t(key)}</li>`)}</ol>`;
}

function SlipTyped({ slip, set, tried }) {
	const need = (name) => (tried && slip[name].trim() === "" ? t("page.needed") : "");
	return html`<${Field} label=${t("page.start.code")} hint=${t("page.start.code.hint")} value=${slip.code} onInput=${(v) => set("code", v)}
			autocapitalize="characters" spellcheck="false" wrong=${need("code")} />
		<${Field} label=${t("page.start.scope")} value=${slip.scope} onInput=${(v) => set("scope", v)} inputmode="numeric" maxlength="5" wrong=${need("scope")} />
		<${Field} label=${t("page.start.url")} hint=${t("page.start.url.hint")} value=${slip.url} onInput=${(v) => set("url", v)}
			inputmode="url" spellcheck="false" wrong=${need("url")} />
		<${Field} label=${t("page.start.root")} hint=${t("page.start.root.hint")} value=${slip.root} onInput=${(v) => set("root", v)}
			inputmode="numeric" wrong=${need("root")} />`;
}

function SlipFile({ onSlip, onError }) {
	const read = async (file) => {
		try {
			onSlip(JSON.parse(await file.text()), file.name);
		} catch {
			onError({ message: t("page.start.file.wrong", { name: file.name }) });
		}
	};
	return html`<${FilePick} label=${t("page.start.file")} hint=${t("page.start.file.hint")} accept=".json,application/json" onFile=${read} />`;
}

/** What a scanner types of the square on the slip: the slip, without the name that no scanner types right; undefined of anything else. */
function scanned(text) {
	try {
		const slip = JSON.parse(text);
		return slip && slip.code && slip.url ? { ...slip, unit: undefined } : undefined;
	} catch {
		return undefined;
	}
}

/** The slip, typed or as a file: onSlip({typed}) or onSlip({file}). */
export function SlipStep({ onSlip }) {
	const [how, setHow] = useState("typed");
	const [slip, setSlip] = useState({ url: "", scope: "", code: "", root: "" });
	const [error, setError] = useState(null);
	const [tried, setTried] = useState(false);
	const set = (name, v) => {
		const all = scanned(v);
		if (all) onSlip({ file: all });
		else setSlip((old) => ({ ...old, [name]: v }));
	};
	const whole = ["url", "scope", "code", "root"].every((n) => slip[n].trim() !== "");
	const choice = (name, icon, title, text) => html`<button type="button" aria-pressed=${how === name ? "true" : "false"}
		onClick=${() => { setHow(name); setError(null); }}><${Icon} name=${icon} /><span><strong>${title}</strong><br /><span class="soft">${text}</span></span></button>`;
	return html`<p class="lead">${t("page.start.lead")}</p>
		<div class="choices" role="group" aria-label=${t("page.start.how")}>
			${choice("typed", "paper", t("page.start.typed"), t("page.start.typed.text"))}
			${choice("file", "usb", t("page.start.filed"), t("page.start.filed.text"))}
		</div>
		${error && html`<${Failure} error=${error} />`}
		<form class="card" novalidate onSubmit=${(e) => { e.preventDefault(); setTried(true); if (whole) onSlip({ typed: slip }); }}>
			${how === "typed"
				? html`<${SlipTyped} slip=${slip} set=${set} tried=${tried} />
					<div class="actions"><button type="submit">${t("page.start.next")}</button></div>`
				: html`<${SlipFile} onSlip=${(file) => onSlip({ file })} onError=${setError} />`}
		</form>`;
}

/** A slip as `enrol` takes it. */
export function slipArgs(slip) {
	return slip.file ? { slip: slip.file } : Object.fromEntries(Object.entries(slip.typed).map(([k, v]) => [k, v.trim()]));
}

/** What `enrol` is asked with. */
function request(slip, clerk) {
	return { ...slipArgs(slip), clerk: clerk.name.trim(), title: clerk.title.trim(), pin: clerk.pin };
}

function ClerkStep({ slip, onBack, onAnswer }) {
	const [value, set] = useClerk();
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const [tried, setTried] = useState(false);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (!complete(value)) return;
		setBusy(true);
		try {
			onAnswer(await api("enrol", request(slip, value)));
		} catch (err) {
			setError(err);
			setBusy(false);
		}
	};
	return html`<p class="lead">${t("page.start.clerk.lead")}</p>
		${error && html`<${Failure} error=${error} />`}
		<form class="card" novalidate onSubmit=${submit}>
			<${ClerkFields} value=${value} set=${set} tried=${tried} />
			<div class="actions">
				<button type="submit" disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t("page.start.enrol")}</button>
				<button type="button" class="secondary outline" onClick=${onBack}>${t("page.back")}</button>
			</div>
		</form>`;
}

const ASK_MS = 10000;

/** States of a request to be enrolled: those of `enrol`, and "unsent" before the first try. */
const STATES = {
	approved: { kind: "good", word: "page.start.state.approved" },
	waiting: { kind: "wait", word: "page.start.state.waiting", text: "page.start.phone.waiting" },
	offline: { kind: "wait", word: "page.start.state.offline", text: "page.start.phone.offline" },
	unsent: { kind: "wait", word: "page.start.state.unsent", text: "page.start.phone.waiting" },
};

/** The fingerprint to read out, and what the centre has said so far: asked again by itself. */
export function Fingerprint({ answer }) {
	const [now, setNow] = useState(answer);
	useEffect(() => {
		if (now.state === "approved") return undefined;
		const timer = setInterval(() => api("enrol").then(setNow, () => {}), ASK_MS);
		return () => clearInterval(timer);
	}, [now.state]);
	const said = STATES[now.state];
	return html`<div class="card">
		<p><${Badge} kind=${said.kind}>${t(said.word)}</${Badge}></p>
		<p>${t(now.state === "approved" ? "page.start.phone.approved" : "page.start.phone.read")}</p>
		${now.state !== "approved" && html`<p class="fingerprint" aria-label=${now.fingerprint}>${now.fingerprint.split(" ").map((g) => html`<span>${g}</span>`)}</p>`}
		${said.text && html`<p class="soft">${t(said.text)}</p>`}
	</div>`;
}

function PhoneStep({ answer, onEnter }) {
	return html`<p class="lead">${t("page.start.phone.lead", { unit: answer.unit || answer.scope })}</p>
		<${Fingerprint} answer=${answer} />
		${answer.state !== "approved" && html`<${Notice}><p>${t("page.start.phone.work")}</p></${Notice}>`}
		<div class="actions"><button type="button" onClick=${onEnter}>${t("page.start.enter")}</button></div>`;
}

export function Start({ onEnter }) {
	const [slip, setSlip] = useState(null);
	const [answer, setAnswer] = useState(null);
	const heading = useRef(null);
	const at = answer ? 2 : slip ? 1 : 0;
	useEffect(() => {
		document.title = `${t("page.start.title")} · ${t("page.product")}`;
		heading.current.focus();
	}, [at]);
	return html`<h1 ref=${heading} tabindex="-1">${t("page.start.title")}</h1><${Steps} at=${at} />
		${at === 0 && html`<${SlipStep} onSlip=${setSlip} />`}
		${at === 1 && html`<${ClerkStep} slip=${slip} onBack=${() => setSlip(null)} onAnswer=${setAnswer} />`}
		${at === 2 && html`<${PhoneStep} answer=${answer} onEnter=${onEnter} />`}`;
}
