// photo: pictures: taken in (picked or dropped, made smaller here, stripped of what the camera wrote by the
// program), shown small, and whether they have arrived at the centre. A PDF passes as it is.
import { html, lang, Refusal, t, useId, useRef, useState } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { Photo as Plain } from "/lib/photo.js";

const LONGEST = 1600; // pixels: a serial number on a label stays legible
const QUALITY = 0.85;

/** The file as it is sent: a picture no larger than LONGEST, upright, as JPEG. */
async function shrink(file) {
	if (!file.type.startsWith("image/")) return file;
	const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
	const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
	const canvas = document.createElement("canvas");
	canvas.width = Math.round(picture.width * scale);
	canvas.height = Math.round(picture.height * scale);
	const pen = canvas.getContext("2d");
	pen.fillStyle = "#fff"; // what is transparent in a PNG
	pen.fillRect(0, 0, canvas.width, canvas.height);
	pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
	picture.close();
	return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

/** Kept by the program; what a file field takes: "HASH NAME". */
export async function attach(file) {
	let body;
	try {
		body = await shrink(file);
	} catch {
		throw new Refusal(422, { detail: t("page.photo.unreadable", { name: file.name }) });
	}
	const name = body === file ? file.name : file.name.replace(/\.[^.]*$/, "") + ".jpg";
	const res = await fetch(`/attach?name=${encodeURIComponent(name)}`, { method: "POST", body, headers: { "Accept-Language": lang() } })
		.catch(() => { throw new Refusal(0, { detail: t("page.error.gone") }); });
	const answer = await res.json().catch(() => ({}));
	if (!res.ok) throw new Refusal(res.status, answer);
	return `${answer.sha256} ${answer.name}`;
}

const STATE = { sent: ["good", "page.photo.sent"], here: ["good", "page.photo.here"], waits: ["wait", "page.photo.waits"], missing: ["wait", "page.photo.missing"],
	damaged: ["bad", "page.photo.damaged"] };

/** image: the reference; file: where it is (op show), when it is sealed. */
export function Photo({ image, file, ...rest }) {
	const [kind, word] = STATE[file && file.state] || [];
	return html`<${Plain} src=${image && `/file/${image.sha256}`} image=${image} badge=${word && { kind, text: t(word) }} ...${rest} />`;
}

/** Where pictures are picked or dropped. onFile(reference) for each, one after the other. */
export function PhotoDrop({ onFile, onError }) {
	const id = useId("p");
	const pick = useRef(null);
	const [busy, setBusy] = useState(0);
	const [over, setOver] = useState(false);
	const take = async (files) => {
		setBusy(files.length);
		for (const file of files) {
			try { await onFile(await attach(file)); } catch (e) { onError(e); }
			setBusy((n) => n - 1);
		}
		pick.current.value = "";
	};
	return html`<div class=${over ? "drop over" : "drop"} onDragOver=${(e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
		onDrop=${(e) => { e.preventDefault(); setOver(false); take([...e.dataTransfer.files]); }}>
		<${Icon} name="photo" />
		<label class="pick"><input class="visually-hidden" aria-describedby=${id} ref=${pick} type="file" accept="image/jpeg,image/png,application/pdf" multiple
			onChange=${(e) => take([...e.currentTarget.files])} />${t("page.photo.add")}</label>
		<small id=${id}>${t("page.photo.hint")}</small>
		<span role="status">${busy > 0 && t("page.photo.busy", { n: busy })}</span>
	</div>`;
}
