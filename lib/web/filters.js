// filters: what a list is filtered by: in sight where there is room, folded behind a button where there is none, as the window is made
// wider or narrower, too. n: how many of them are set.
import { html, t, useEffect, useState } from "./base.js";

const ROOM = "(min-width: 861px)";

export function Filters({ n, children }) {
	const [open, setOpen] = useState(() => matchMedia(ROOM).matches);
	useEffect(() => {
		const room = matchMedia(ROOM), follow = () => setOpen(room.matches);
		room.addEventListener("change", follow);
		return () => room.removeEventListener("change", follow);
	}, []);
	return html`<details class="filters" open=${open} onToggle=${(e) => setOpen(e.currentTarget.open)}>
		<summary role="button" class="secondary outline">${n > 0 ? t("page.register.filters_set", { n }) : t("page.register.filters")}</summary>
		${children}</details>`;
}
