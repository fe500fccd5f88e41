// copy: a text somebody takes along: shown whole, copied by a button. Where the browser keeps its clipboard to itself (an address without
// HTTPS), the text is marked and the keys are said.
import { html, t, useId, useRef, useState } from "/lib/base.js";

export function Copy({ label, text, action, primary }) {
	const id = useId("c"), place = useRef(null);
	const [said, setSaid] = useState("");
	const take = async () => {
		place.current.focus();
		place.current.select();
		try {
			await navigator.clipboard.writeText(text);
			setSaid(t("centre.copy.done"));
		} catch {
			setSaid(t("centre.copy.keys"));
		}
	};
	return html`<div class="field"><label for=${id}>${label}</label>
		<textarea id=${id} ref=${place} readonly value=${text} rows=${Math.ceil(text.length / 40)} spellcheck="false"></textarea>
		<div class="actions"><button type="button" class=${primary ? "auto" : "auto secondary outline"} onClick=${take}>${action}</button>
			<span class="soft" role="status">${said}</span></div></div>`;
}
