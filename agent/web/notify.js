// notify: tell the desktop when something came back while nobody was looking at this page. The
// browser asks for leave first, and only after a click.
import { t, useApi, useEffect, useRef } from "/lib/base.js";

/** "granted", "denied", "default" (not asked yet), or "none" where the browser has no notifications. */
export function leave() {
	return "Notification" in globalThis ? Notification.permission : "none";
}

export function askLeave() {
	return Notification.requestPermission();
}

function tell(title, body) {
	if (leave() !== "granted") return;
	const note = new Notification(title, { body, icon: "/lib/icon.svg", tag: "kiemke" });
	note.onclick = () => { window.focus(); location.hash = "/"; note.close(); };
}

/** Watches what came back and what waits for a decision: each new one is told once. */
export function useNotify() {
	const { data } = useApi("due");
	const known = useRef(null);
	useEffect(() => {
		if (!data) return;
		const now = new Set(data.returned.map((r) => r.review));
		const before = known.current;
		known.current = { reviews: now, decide: data.decide };
		if (!before) return; // what was there when the page was opened is on the screen
		const fresh = data.returned.find((r) => !before.reviews.has(r.review));
		if (fresh) tell(t("page.notify.returned"), `${fresh.kind_label}: ${fresh.reason}`);
		else if (data.decide > before.decide) tell(t("page.notify.decide"), t("status.two_values", { n: data.decide }));
	}, [data]);
}
