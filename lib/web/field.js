// field: a labelled place to type into: label, hint before it, what is wrong after it, tied together for
// screen readers. `type` as of <input>, or "choice" with `options` [{value, label}].
import { html, useId } from "./base.js";

export function Field({ label, hint, wrong, type = "text", value, onInput, onBlur, options, required, ...rest }) {
	const id = useId();
	const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
	const common = {
		id, value, required, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined,
		onInput: (e) => onInput && onInput(e.currentTarget.value, e), onBlur, ...rest,
	};
	return html`<div class="field">
		<label for=${id}>${label}</label>
		${hint && html`<small class="hint" id=${`${id}-hint`}>${hint}</small>`}
		${type === "choice"
			? html`<select ...${common}>${options.map((o) => html`<option value=${o.value} selected=${o.value === value}>${o.label}</option>`)}</select>`
			: html`<input type=${type} autocomplete="off" ...${common} />`}
		${wrong && html`<small class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</small>`}
	</div>`;
}
