// field: a labelled place to type into: label, hint before it, what is wrong after it, tied together for
// screen readers. `type` as of <input>, or "choice" with `options` [{value, label}]. And a place to pick a file:
// the browser's own says so in the language of the browser, this one in that of the page.
import { html, t, useId, useState } from "./base.js";
import { Icon } from "./icon.js";

export function Field({ label, hint, wrong, type = "text", value, onInput, onBlur, options, required, ...rest }) {
	const id = useId();
	const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
	const common = {
		id, value, required, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined,
		onInput: (e) => onInput && onInput(e.currentTarget.value, e), onBlur, ...rest,
	};
	return html`<div class="field">
		<label for=${id}>${label}${required && html` <span class="must">${t("page.form.must")}</span>`}</label>
		${hint && html`<small class="hint" id=${`${id}-hint`}>${hint}</small>`}
		${type === "choice"
			? html`<select ...${common}>${options.map((o) => html`<option value=${o.value} selected=${o.value === value}>${o.label}</option>`)}</select>`
			: html`<input type=${type} autocomplete="off" ...${common} />`}
		${wrong && html`<small class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</small>`}
	</div>`;
}

/** onFile(file) of each that is picked; its name stays beside the button. */
export function FilePick({ label, hint, accept, id, disabled, onFile }) {
	const own = useId("p"), name = id || own;
	const [picked, setPicked] = useState("");
	const take = (e) => {
		const file = e.currentTarget.files[0];
		if (!file) return;
		setPicked(file.name);
		onFile(file);
		e.currentTarget.value = ""; // the same one may be picked again
	};
	return html`<div class="field"><strong id=${`${name}-label`}>${label}</strong>
		${hint && html`<small class="hint" id=${`${name}-hint`}>${hint}</small>`}
		<div class="picked"><input id=${name} class="visually-hidden" type="file" accept=${accept} disabled=${disabled} aria-labelledby=${`${name}-label ${name}-pick`}
				aria-describedby=${hint ? `${name}-hint` : undefined} onChange=${take} />
			<label id=${`${name}-pick`} for=${name} class="file second"><${Icon} name="file" /> ${t("page.pick")}</label>
			<span class="soft" role="status">${picked}</span></div>
	</div>`;
}
