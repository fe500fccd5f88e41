// new_clerk: one more person on this PC: name, title, PIN. The centre certifies her at the next contact.
import { api, html, t, useEffect, useRef, useState } from "/lib/base.js";
import { Failure } from "/lib/notice.js";
import { Field } from "/lib/field.js";
import { unlock } from "./unlock.js";

const need = (tried, v) => (tried && v.trim() === "" ? t("page.needed") : "");

/** A new PIN, twice; `tried`: say what is missing. */
export function PinFields({ value, set, tried }) {
	const differ = value.again !== "" && value.pin !== value.again;
	return html`<${Field} label=${t("page.clerk.pin")} hint=${t("page.clerk.pin.hint")} type="password" inputmode="numeric" autocomplete="new-password"
			value=${value.pin} onInput=${(v) => set("pin", v)} wrong=${need(tried, value.pin)} />
		<${Field} label=${t("page.clerk.again")} type="password" inputmode="numeric" autocomplete="new-password"
			value=${value.again} onInput=${(v) => set("again", v)} wrong=${differ ? t("op.secret_differ") : need(tried, value.again)} />`;
}

/** The three things about a clerk, as fields; `value` {name, title, pin, again}, `set` changes one. */
export function ClerkFields({ value, set, tried }) {
	return html`<${Field} label=${t("page.clerk.name")} hint=${t("page.clerk.name.hint")} value=${value.name} onInput=${(v) => set("name", v)}
			autocomplete="name" wrong=${need(tried, value.name)} />
		<${Field} label=${t("page.clerk.title")} value=${value.title} onInput=${(v) => set("title", v)} autocomplete="organization-title" />
		<${PinFields} value=${value} set=${set} tried=${tried} />`;
}

export function complete(value) {
	return value.name.trim() !== "" && value.pin !== "" && value.pin === value.again;
}

export function useClerk() {
	const [value, setValue] = useState({ name: "", title: "", pin: "", again: "" });
	return [value, (name, v) => setValue((old) => ({ ...old, [name]: v }))];
}

export function NewClerk({ onBack }) {
	const [value, set] = useClerk();
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const [tried, setTried] = useState(false);
	const heading = useRef(null);
	useEffect(() => heading.current.focus(), []);
	const submit = async (e) => {
		e.preventDefault();
		setTried(true);
		if (!complete(value)) return;
		setBusy(true);
		try {
			await api("clerk_add", { name: value.name.trim(), title: value.title.trim(), pin: value.pin });
			await unlock(value.name.trim(), value.pin);
		} catch (err) {
			setError(err);
			setBusy(false);
		}
	};
	return html`<h1 ref=${heading} tabindex="-1">${t("page.clerk.add")}</h1>
		<p class="lead">${t("page.clerk.add.lead")}</p>
		${error && html`<${Failure} error=${error} />`}
		<form class="card" novalidate onSubmit=${submit}>
			<${ClerkFields} value=${value} set=${set} tried=${tried} />
			<div class="actions">
				<button type="submit" disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t("page.clerk.add")}</button>
				<button type="button" class="secondary outline" onClick=${onBack}>${t("page.back")}</button>
			</div>
		</form>`;
}
