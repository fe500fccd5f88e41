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

/** What `enrol` refuses of a slip (K11, K12): the field that it is about; "": the slip as a whole. */
const WRONG = { "enrol.code": "code", "enrolment.scope": "scope", "enrol.fingerprint_form": "root", "enrol.root": "root", "enrol.slip": "" };

/** Is this refusal about the slip, and so to be mended in the first step? */
const ofSlip = (error) => error.key in WRONG;

function SlipTyped({ slip, set, left, wrong }) {
	return html`<${Field} label=${t("page.start.code")} hint=${t("page.start.code.hint")} value=${slip.code} onInput=${(v) => set("code", v)} onBlur=${() => left("code")}
			autocapitalize="characters" spellcheck="false" wrong=${wrong("code")} />
		<${Field} label=${t("page.start.scope")} value=${slip.scope} onInput=${(v) => set("scope", v)} onBlur=${() => left("scope")} inputmode="numeric" wrong=${wrong("scope")} />
		<${Field} label=${t("page.start.url")} hint=${t("page.start.url.hint")} value=${slip.url} onInput=${(v) => set("url", v)} onBlur=${() => left("url")}
			inputmode="url" spellcheck="false" wrong=${wrong("url")} />
		<${Field} label=${t("page.start.root")} hint=${t("page.start.root.hint")} value=${slip.root} onInput=${(v) => set("root", v)} onBlur=${() => left("root")}
			inputmode="numeric" wrong=${wrong("root")} />`;
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

const KEY = /^[A-Za-z0-9_-]{43}$/;
/** The members of a slip, as the centre writes them; another may come with a newer centre. */
const MEMBERS = {
	url: /^[\x21-\x7e]+$/, scope: /^[0-9]{5}$/, code: /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/,
	root: KEY, log: KEY, box: KEY, pin: /^([A-Za-z0-9_-]{43})?$/,
};
const NEEDED = ["url", "scope", "code", "root"];

/** Does it begin like the square on the slip? With a Vietnamese input method on, "{" is "Ơ" and "}" is "Ư". */
const isSquare = (text) => /^[{Ơ]/.test(text.trim().normalize("NFC"));
const isEnded = (text) => /[}Ư]$/.test(text.trim().normalize("NFC"));

/**
 * What a scanner types of the square on the slip: the slip, without the name that no scanner types right; undefined of anything else, also
 * of one that an input method has spoiled ("root" is "rôt" then).
 */
function scanned(text) {
	try {
		const slip = JSON.parse(text);
		const sound = ([name, v]) => /^[a-z_]+$/.test(name) && (!MEMBERS[name] || (typeof v === "string" && MEMBERS[name].test(v)));
		return NEEDED.every((n) => slip[n]) && Object.entries(slip).every(sound) ? { ...slip, unit: undefined } : undefined;
	} catch {
		return undefined;
	}
}

const BLANK = { url: "", scope: "", code: "", root: "" };

/** The four fields of a slip of paper; `given`: what was typed before. The square goes to onSquare; one that is spoiled leaves its field empty and says why. */
function useTyped(given, refused, onSquare) {
	const [slip, setSlip] = useState(given);
	const [sent, setSent] = useState(given); // what was refused is told until it is another
	const [spoiled, setSpoiled] = useState("");
	const [tried, setTried] = useState(false);
	const put = (name, v) => setSlip((old) => ({ ...old, [name]: v }));
	const spoil = (name) => {
		put(name, "");
		setSpoiled(name);
	};
	const set = (name, v) => {
		const all = isSquare(v) && scanned(v);
		if (all) return onSquare(all);
		if (isSquare(v) && isEnded(v)) return spoil(name);
		setSpoiled("");
		return put(name, name === "scope" && !isSquare(v) ? v.slice(0, 5) : v);
	};
	const left = (name) => { if (isSquare(slip[name])) spoil(name); };
	/** Is it whole? Then it is taken as sent. */
	const take = () => {
		const square = NEEDED.find((n) => isSquare(slip[n]));
		if (square) spoil(square);
		if (square || spoiled) return false; // Enter of the scanner
		setTried(true);
		setSent(slip);
		return NEEDED.every((n) => slip[n].trim() !== "");
	};
	const wrong = (name) => {
		if (spoiled === name) return t("page.start.spoiled");
		if (tried && slip[name].trim() === "") return t("page.needed");
		return refused && WRONG[refused.key] === name && slip[name] === sent[name] ? refused.message : "";
	};
	return { slip, set, left, take, wrong };
}

/** The slip, typed or as a file: onSlip({typed}) or onSlip({file}). given: the one before; refused: what is wrong with it. */
export function SlipStep({ given, refused, onSlip }) {
	const [how, setHow] = useState(given && given.file ? "file" : "typed");
	const [error, setError] = useState(null);
	const typed = useTyped((given && given.typed) || BLANK, refused, (file) => onSlip({ file }));
	const atField = how === "typed" && refused && WRONG[refused.key];
	const told = error || (atField ? null : refused);
	const choice = (name, icon, title, text) => html`<button type="button" aria-pressed=${how === name ? "true" : "false"}
		onClick=${() => { setHow(name); setError(null); }}><${Icon} name=${icon} /><span><strong>${title}</strong><br /><span class="soft">${text}</span></span>${how === name && html`<${Icon} name="done" />`}</button>`;
	return html`<p class="lead">${t("page.start.lead")}</p>
		<div class="choices" role="group" aria-label=${t("page.start.how")}>
			${choice("typed", "paper", t("page.start.typed"), t("page.start.typed.text"))}
			${choice("file", "usb", t("page.start.filed"), t("page.start.filed.text"))}
		</div>
		${told && html`<${Failure} error=${told} />`}
		<form class="card" novalidate onSubmit=${(e) => { e.preventDefault(); if (how === "typed" && typed.take()) onSlip({ typed: typed.slip }); }}>
			${how === "typed"
				? html`<${SlipTyped} ...${typed} />
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

/** clerk: [value, set] of useClerk, kept while she goes back. onSlip(error): to the slip again, which was refused or not. */
function ClerkStep({ slip, clerk, onSlip, onAnswer }) {
	const [value, set] = clerk;
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
			if (ofSlip(err)) {
				onSlip(err);
				return;
			}
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
				<button type="button" class="secondary outline" onClick=${() => onSlip(null)}>${t("page.back")}</button>
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

/** The centre or this program said no; that it cannot be reached just now is not one. */
function isRefused(error) {
	return error.key === "transport.problem" || (error.status >= 400 && error.status < 500);
}

/**
 * What the centre says of a request whose first answer is there: asked again by itself until it approves or refuses.
 * {first, now, error, refused, again}.
 */
export function useAsked(first) {
	const [now, setNow] = useState(first);
	const [error, setError] = useState(null);
	const refused = error !== null && isRefused(error);
	const again = () => api("enrol").then((answer) => { setNow(answer); setError(null); }, setError);
	useEffect(() => {
		if (now.state === "approved" || refused) return undefined;
		const timer = setInterval(again, ASK_MS);
		return () => clearInterval(timer);
	}, [now.state, refused]);
	return { first, now, error, refused, again };
}

/** Whom she has telephoned does not read that no call is needed. */
function phoneText({ first, now }) {
	if (now.state !== "approved") return t(now.state === "unsent" ? "page.start.phone.unsent" : "page.start.phone.read");
	return t(first.state === "approved" ? "page.start.phone.approved" : "page.start.phone.done");
}

/** The fingerprint to read out, and what the centre has said so far: of useAsked. */
export function Asked({ of }) {
	const { now, error } = of, said = STATES[now.state];
	return html`${error && html`<${Failure} error=${error} again=${of.again} />`}<div class="card">
		<p><${Badge} kind=${said.kind}>${t(said.word)}</${Badge}></p>
		<p>${phoneText(of)}</p>
		${now.state !== "approved" && html`<p class="fingerprint" aria-label=${now.fingerprint}>${now.fingerprint.split(" ").map((g) => html`<span>${g}</span>`)}</p>`}
		${said.text && html`<p class="soft">${t(said.text)}</p>`}
	</div>`;
}

/** The same where nothing else depends on it. */
export function Fingerprint({ answer }) {
	return html`<${Asked} of=${useAsked(answer)} />`;
}

/** onSlip(error): to the slip again, which the centre has refused. */
function PhoneStep({ answer, onSlip, onEnter }) {
	const of = useAsked(answer);
	return html`<p class="lead">${t("page.start.phone.lead", { unit: answer.unit || answer.scope })}</p>
		<${Asked} of=${of} />
		${of.now.state !== "approved" && html`<${Notice}><p>${t("page.start.phone.work")}</p></${Notice}>`}
		<div class="actions"><button type="button" onClick=${onEnter}>${t("page.start.enter")}</button>
			${of.refused && html`<button type="button" class="secondary outline" onClick=${() => onSlip(of.error)}>${t("page.enrol.do")}</button>`}</div>`;
}

export function Start({ onEnter }) {
	const [at, setAt] = useState(0);
	const [slip, setSlip] = useState(null);
	const [refused, setRefused] = useState(null);
	const [answer, setAnswer] = useState(null);
	const clerk = useClerk();
	const heading = useRef(null);
	const toSlip = (error) => { setRefused(error); setAt(0); };
	useEffect(() => {
		document.title = `${t("page.start.title")} · ${t("page.product")}`;
		heading.current.focus();
	}, [at]);
	return html`<h1 ref=${heading} tabindex="-1">${t("page.start.title")}</h1><${Steps} at=${at} />
		${at === 0 && html`<${SlipStep} given=${slip} refused=${refused} onSlip=${(given) => { setSlip(given); setAt(1); }} />`}
		${at === 1 && html`<${ClerkStep} slip=${slip} clerk=${clerk} onSlip=${toSlip} onAnswer=${(got) => { setAnswer(got); setAt(2); }} />`}
		${at === 2 && html`<${PhoneStep} answer=${answer} onSlip=${toSlip} onEnter=${onEnter} />`}`;
}
