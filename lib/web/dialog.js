// dialog: a question that must be answered first. The browser's own: focus stays within, Esc closes it.
import { html, t, useEffect, useId, useRef } from "./base.js";

export function Dialog({ title, onClose, children }) {
	const ref = useRef(null);
	const id = useId("d");
	useEffect(() => {
		const before = document.activeElement;
		ref.current.showModal();
		return () => { if (before && before.isConnected) before.focus(); };
	}, []);
	return html`<dialog ref=${ref} aria-labelledby=${id} onCancel=${(e) => { e.preventDefault(); onClose(); }}>
		<article>
			<header><button class="close" aria-label=${t("page.close")} rel="prev" onClick=${onClose}></button><h2 id=${id}>${title}</h2></header>
			${children}
		</article>
	</dialog>`;
}
