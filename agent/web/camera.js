// camera: the code of a label read by the camera of this PC: an extra for browsers that can read codes
// (BarcodeDetector); where they cannot, nothing of it is seen. What is read goes the way of a scanner's burst.
import { html, t, useEffect, useRef, useState } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { Notice } from "/lib/notice.js";

const LOOK_MS = 200;
const AWAY_MS = 1500; // a code counts anew once it has been out of sight so long

export function canSee() {
	return "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices);
}

/** Look for codes until stopped: onCode(text) for each that comes into sight. */
function watch(video, onCode) {
	const detector = new BarcodeDetector();
	const seen = new Map(); // text -> when last in sight
	let timer = 0, here = true;
	const look = async () => {
		const now = performance.now();
		for (const { rawValue } of await detector.detect(video).catch(() => [])) { // no picture yet
			if (!(now - seen.get(rawValue) < AWAY_MS)) onCode(rawValue);
			seen.set(rawValue, now);
		}
		if (here) timer = setTimeout(look, LOOK_MS);
	};
	look();
	return () => { here = false; clearTimeout(timer); };
}

function Eye({ onCode, onClose }) {
	const video = useRef(null);
	const [refused, setRefused] = useState(false);
	useEffect(() => {
		let stream = null, stop = null, here = true;
		navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then((s) => {
			stream = s;
			if (!here) return s.getTracks().forEach((x) => x.stop());
			video.current.srcObject = s;
			stop = watch(video.current, onCode);
			return video.current.play();
		}).catch(() => here && setRefused(true));
		return () => {
			here = false;
			if (stop) stop();
			if (stream) stream.getTracks().forEach((x) => x.stop());
		};
	}, []);
	return html`<section class="card camera" aria-label=${t("page.camera.open")}>
		${refused ? html`<${Notice} kind="wait"><p>${t("page.camera.refused")}</p></${Notice}>`
			: html`<video ref=${video} muted playsinline aria-label=${t("page.camera.hint")}></video><p class="soft">${t("page.camera.hint")}</p>`}
		<button type="button" class="secondary outline auto" onClick=${onClose}>${t("page.camera.close")}</button></section>`;
}

/** A button, and once it is pressed what the camera sees. */
export function Camera({ onCode }) {
	const [open, setOpen] = useState(false);
	if (!canSee()) return null;
	return open ? html`<${Eye} onCode=${onCode} onClose=${() => setOpen(false)} />`
		: html`<p><button type="button" class="secondary outline auto" onClick=${() => setOpen(true)}><${Icon} name="photo" /> ${t("page.camera.open")}</button></p>`;
}
