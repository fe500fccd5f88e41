// usb: without a network: the sealed file for the stick, and the one the centre gave back. The browser saves and opens
// the files; what is in them is the program's (export, import).
import { html, lang, moment, number, refresh, Refusal, t, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { FilePick } from "/lib/field.js";
import { Icon } from "/lib/icon.js";
import { Failure, Notice, Waiting } from "/lib/notice.js";

export const path = "/usb";
export const title = "page.usb.title";
export const menu = { icon: "usb", label: "page.menu.usb" };

async function post(address, body) {
	const res = await fetch(address, { method: "POST", body, headers: { "Accept-Language": lang(), ...(body && { "Content-Type": "application/octet-stream" }) } });
	if (!res.ok) throw new Refusal(res.status, await res.json().catch(() => ({})));
	return res;
}

/** Hand bytes to the browser as a file to keep. */
function keep(blob, name) {
	const a = document.createElement("a");
	a.href = URL.createObjectURL(blob);
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}

function Out({ status }) {
	const [done, setDone] = useState(null);
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const save = async () => {
		setBusy(true);
		setError(null);
		try {
			const res = await post("/usb-export");
			const records = Number(res.headers.get("Kk-Records"));
			const name = `kiemke-${status.scope}-${moment(status.now, 0).replace(/\D/g, "")}.kkb`;
			keep(await res.blob(), name);
			setDone({ records, name });
		} catch (e) {
			setError(e);
		}
		setBusy(false);
	};
	return html`<section class="card" aria-labelledby="out"><h2 id="out">${t("page.usb.out")}</h2>
		<p>${t("page.usb.out.lead")}</p>
		${status.unsent > 0 && html`<p><${Badge} kind="wait">${t("status.unsent", { n: status.unsent })}</${Badge}></p>`}
		${error && html`<${Failure} error=${error} />`}
		${done && html`<${Notice} kind="good" title=${t("page.usb.out.done")}><p>${t("page.usb.out.next", { n: done.records, name: done.name })}</p></${Notice}>`}
		<div class="actions"><button onClick=${save} disabled=${busy} aria-busy=${busy ? "true" : undefined}><${Icon} name="usb" /> ${t("page.usb.out.do")}</button></div>
	</section>`;
}

function Told({ got }) {
	const lines = [["answered", "page.usb.n.answered"], ["received", "page.usb.n.received"], ["quarantined", "page.usb.n.quarantined"], ["refused", "page.usb.n.refused"],
		["files_received", "page.usb.n.files"]].filter(([k]) => got[k] > 0);
	return html`<${Notice} kind=${got.refused || got.problems.length ? "wait" : "good"} title=${t(got.again ? "page.usb.in.again" : "page.usb.in.done", { from: got.from })}>
		${lines.map(([k, key]) => html`<p key=${k}>${t(key, { n: number(got[k]) })}</p>`)}
		${lines.length === 0 && !got.again && html`<p>${t("page.usb.in.nothing")}</p>`}
		${got.problems.map((p) => html`<p>${p.text}</p>`)}
	</${Notice}>`;
}

function In() {
	const [got, setGot] = useState(null);
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const take = async (file) => {
		setBusy(true);
		setError(null);
		setGot(null);
		try {
			setGot(await (await post("/usb-import", file)).json());
			refresh();
		} catch (err) {
			setError(err);
		}
		setBusy(false);
	};
	return html`<section class="card" aria-labelledby="in"><h2 id="in">${t("page.usb.in")}</h2>
		<p>${t("page.usb.in.lead")}</p>
		${error && html`<${Failure} error=${error} />`}
		${got && html`<${Told} got=${got} />`}
		<${FilePick} id="stick" label=${t("page.usb.in.file")} accept=".kkb" onFile=${take} disabled=${busy} />
		${busy && html`<${Waiting} />`}
	</section>`;
}

export function view({ status }) {
	return html`<p class="lead">${t("page.usb.lead")}</p><${Out} status=${status} /><${In} />`;
}
