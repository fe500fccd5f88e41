// icon: a picture of icons.svg. It says nothing to a screen reader: a word stands beside it.
import { html } from "./base.js";

export function Icon({ name }) {
	return html`<svg class="icon" aria-hidden="true" focusable="false"><use href=${`/lib/icons.svg#${name}`} /></svg>`;
}
