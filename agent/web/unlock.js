// unlock: who is working now. One clerk at a time: unlocking one locks the others. After idling the keys are
// locked again (the program does the same by itself).
import { api, html, refresh, t, useEffect, useRef, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Failure } from "/lib/notice.js";
import { NewClerk, PinFields, useClerk } from "./new_clerk.js";

const IDLE_MS = 15 * 60 * 1000, TELL_MS = 2 * 60 * 1000, SHARE_MS = 1000;
const TOUCHED = "kk-touched"; // when somebody last did something, in any window: locking locks them all

export async function lock() {
	await api("lock");
	refresh();
}

export async function unlock(name, pin) {
	await api("lock");
	await api("unlock", { clerk: name, pin });
	refresh();
}

/** The last touch of any window (ms); a time to come, of a clock put back, is none. */
function touchedAnywhere(now) {
	const at = Number(localStorage.getItem(TOUCHED)) || 0;
	return at <= now ? at : 0;
}

/**
 * Lock when no key was pressed and nothing was moved for a while in any window. The program counts from the last seal;
 * so while somebody is at work it is told so, once in a while, or it would lock her in mid-form.
 */
export function useIdleLock(clerk, onLock) {
	useEffect(() => {
		let last = Date.now(), told = last, shared = 0;
		const touch = () => {
			last = Date.now();
			if (Math.abs(last - shared) < SHARE_MS) return;
			shared = last;
			localStorage.setItem(TOUCHED, String(last));
		};
		const events = ["keydown", "pointerdown", "pointermove", "input"];
		const timer = setInterval(() => {
			const now = Date.now();
			if (now - Math.max(last, touchedAnywhere(now)) >= IDLE_MS) {
				onLock();
			} else if (last > told && now - told >= TELL_MS) {
				told = now;
				api("unlock", { clerk: clerk.name }).catch(refresh);
			}
		}, 10000);
		for (const e of events) addEventListener(e, touch, { passive: true });
		return () => { clearInterval(timer); for (const e of events) removeEventListener(e, touch); };
	}, [clerk.name]);
}

function PinForm({ clerk, onBack }) {
	const [pin, setPin] = useState("");
	const [wrong, setWrong] = useState("");
	const [busy, setBusy] = useState(false);
	const form = useRef(null);
	useEffect(() => form.current.querySelector("input").focus(), []);
	const submit = async (e) => {
		e.preventDefault();
		if (pin === "") return setWrong(t("page.needed"));
		setBusy(true);
		try {
			return await unlock(clerk.name, pin);
		} catch (err) {
			setWrong(err.message);
			setPin("");
			setBusy(false);
			return form.current.querySelector("input").focus();
		}
	};
	return html`<form ref=${form} novalidate onSubmit=${submit}>
		<${Field} label=${t("page.unlock.pin", { name: clerk.name })} type="password" inputmode="numeric" autocomplete="current-password"
			value=${pin} onInput=${setPin} wrong=${wrong} />
		<div class="actions">
			<button type="submit" disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t("page.unlock.do")}</button>
			${onBack && html`<button type="button" class="secondary outline" onClick=${onBack}>${t("page.unlock.other")}</button>`}
		</div>
	</form>`;
}

/** A lost PIN: nobody can find it out, but she can have a new key and a new PIN; what she sealed stays hers. */
function Renew({ clerk, onBack }) {
	const [value, set] = useClerk();
	const [tried, setTried] = useState(false);
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const heading = useRef(null);
	useEffect(() => heading.current.focus(), []);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (value.pin === "" || value.pin !== value.again) return;
		setBusy(true);
		try {
			await api("clerk_renew", { clerk: clerk.name, new_pin: value.pin });
			await unlock(clerk.name, value.pin);
		} catch (err) {
			setError(err);
			setBusy(false);
		}
	};
	return html`<h1 ref=${heading} tabindex="-1">${t("page.renew.title", { name: clerk.name })}</h1>
		<p class="lead">${t("page.renew.lead")}</p>
		${error && html`<${Failure} error=${error} />`}
		<form class="card" novalidate onSubmit=${submit}>
			<${PinFields} value=${value} set=${set} tried=${tried} />
			<div class="actions">
				<button type="submit" disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t("page.renew.do")}</button>
				<button type="button" class="secondary outline" onClick=${onBack}>${t("page.back")}</button>
			</div>
		</form>`;
}

export function Unlock({ clerks }) {
	const [chosen, choose] = useState(clerks.length === 1 ? clerks[0] : null);
	const [aside, setAside] = useState(""); // "add" or "renew" instead of the PIN
	const heading = useRef(null);
	useEffect(() => { document.title = `${t("page.unlock.title")} · ${t("page.product")}`; }, []);
	if (aside === "add") return html`<${NewClerk} onBack=${() => setAside("")} />`;
	if (aside === "renew") return html`<${Renew} clerk=${chosen} onBack=${() => setAside("")} />`;
	return html`<h1 ref=${heading} tabindex="-1">${t("page.unlock.title")}</h1>
		<p class="lead">${t("page.unlock.lead")}</p>
		<div class="card">
			${chosen
				? html`<${PinForm} key=${chosen.name} clerk=${chosen} onBack=${clerks.length > 1 ? () => choose(null) : undefined} />`
				: html`<p id="who"><strong>${t("page.unlock.who")}</strong></p><div class="choices" role="group" aria-labelledby="who">
					${clerks.map((c) => html`<button type="button" key=${c.fingerprint} onClick=${() => choose(c)}>
						<${Icon} name="person" /><span><strong>${c.name}</strong>${c.title && html`<br /><span class="soft">${c.title}</span>`}</span></button>`)}
				</div>`}
		</div>
		<div class="actions">
			<button type="button" class="secondary outline" onClick=${() => setAside("add")}>${t("page.unlock.add")}</button>
			${chosen && html`<button type="button" class="secondary outline" onClick=${() => setAside("renew")}>${t("page.unlock.forgot")}</button>`}
		</div>`;
}
