// scan: a room by scanner. A scanner is a keyboard that types fast and ends with Enter: wherever the focus is, what is
// typed goes into the one field (not while a dialog or another field is open). What comes while the program still
// works on the last one waits in line (scan_queue); nothing is lost, nothing is asked twice.
import { html, t, useApi, useEffect, useRef, useState } from "/lib/base.js";
import { Badge } from "/lib/badge.js";
import { Figures } from "/lib/figures.js";
import { Icon } from "/lib/icon.js";
import { Empty, Failure } from "/lib/notice.js";
import { Camera } from "./camera.js";
import * as links from "./links.js";
import { AnswerOne } from "./not_here.js";
import { LineDialog, SurplusDialog } from "./line_dialog.js";
import { queueOf } from "./scan_queue.js";
import { counts, Head } from "./screen_stocktake.js";
import { play, quiet, setQuiet } from "./sound.js";

export const path = "/scan/:id";
export const title = "page.scan.title";

const SHOWN = 200; // of what was not seen yet
const KEPT = 12; // scans that stay on the screen; the figures count all
const LOOK = {
	found: ["good", "done"], repeated: ["info", "history"], wrong_room: ["wait", "warn"], unknown: ["bad", "stop"],
	quantity: ["wait", "edit"], written_off: ["wait", "warn"], ambiguous: ["bad", "choose"], overlong: ["bad", "stop"], refused: ["bad", "stop"],
};

/** What was just scanned, large: picture, word, colour; what is known of it, and what the last stocktake said. */
function Verdict({ scan, onOpen, onSurplus }) {
	if (!scan) return html`<section class="verdict" role="status"><${Icon} name="scan" /><div><p class="verdict-word">${t("page.scan.ready")}</p>
		<p class="verdict-more">${t("page.scan.ready.lead")}</p></div></section>`;
	const [kind, icon] = LOOK[scan.outcome];
	const row = scan.row || {};
	const last = row.last && [row.last.status_text, row.last.condition_text, row.last.found_location].filter(Boolean).join(", ");
	return html`<section class=${`verdict verdict-${kind}`} role="status" data-outcome=${scan.outcome}><${Icon} name=${icon} /><div>
		<p class="verdict-word">${t("page.scan.is." + scan.outcome)}</p>
		<p class="verdict-name">${row.name || scan.code}</p>
		${scan.outcome !== "found" && scan.outcome !== "unknown" && html`<p class="verdict-more">${scan.text}</p>`}
		${row.condition_text && html`<p class="verdict-more">${row.condition_text}${row.use_state_text && html` · ${row.use_state_text}`}</p>`}
		${last && html`<p class="verdict-more">${t("page.line.last", { at: row.last.counted_at, text: last })}</p>`}
		${(scan.errors || []).map((e) => html`<p class="verdict-more">${e.text}</p>`)}
		${scan.row && html`<button type="button" class="secondary outline auto small" onClick=${() => onOpen(scan.row)}>${t(scan.outcome === "quantity" ? "page.scan.quantity" : "page.scan.change")}</button>`}
		${scan.outcome === "unknown" && html`<button type="button" class="secondary outline auto small" onClick=${onSurplus}>${t("page.scan.surplus")}</button>`}
	</div></section>`;
}

/** The queue of this stocktake and clerk, as long as it is looked at. onScans: as it is when the screen appears. */
function useQueue(session, room, clerk, onScans) {
	const queue = queueOf(session, clerk.name);
	const [error, setError] = useState(null);
	useEffect(() => queue.watch({ onScans, onError: setError }), [queue]);
	return { error, push: (code) => queue.push(code, room), again: () => queue.drain() };
}

/** The one field. It keeps the focus: keys that belong to nothing else go there. away: a dialog is open. */
function Scanner({ room, away, finished, onCode }) {
	const field = useRef(null);
	useEffect(() => {
		if (away) return undefined;
		const timer = setTimeout(() => field.current.focus(), 0); // after the frame has shown its heading
		const key = (e) => {
			const at = document.activeElement;
			if (e.key.length !== 1 || e.ctrlKey || e.altKey || e.metaKey || (at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName))) return;
			if (e.key === " " && at && at.matches("button, a")) return;
			field.current.focus();
		};
		addEventListener("keydown", key);
		return () => { clearTimeout(timer); removeEventListener("keydown", key); };
	}, [away]);
	const submit = (e) => {
		e.preventDefault();
		const code = field.current.value.trim();
		field.current.value = "";
		field.current.focus();
		if (code) onCode(code);
	};
	return html`<form class="card" onSubmit=${submit}><h2>${t("page.scan.field", { room: room || t("page.line.nowhere") })}</h2><div class="scanbar">
		<div class="field"><label for="scanner">${t("page.scan.code")}</label>
			<input id="scanner" ref=${field} autocomplete="off" autocapitalize="off" spellcheck=${false} aria-describedby="scanner-hint" /></div>
		<button type="submit" disabled=${finished}>${t("page.scan.enter")}</button></div>
		<p class="soft" id="scanner-hint">${t(finished ? "page.minutes.sealed" : "page.scan.hint")}</p></form>`;
}

function Quiet() {
	const [now, set] = useState(quiet());
	return html`<button type="button" class="secondary outline" onClick=${() => { setQuiet(!now); set(!now); }}>
		<${Icon} name="bell" /> ${t(now ? "page.scan.quiet" : "page.scan.loud")}</button>`;
}

function Left({ rows, onOpen }) {
	return html`<section class="card" aria-labelledby="left"><h2 id="left">${t("page.scan.left")}</h2>
		${rows.length === 0 ? html`<${Empty}><p>${t("page.scan.left.none")}</p></${Empty}>` : html`<ul class="rows">${rows.map((r) => html`<li key=${r.asset}>
			<div class="grow"><strong>${r.name}</strong><br /><span class="soft nowrap">${r.label}</span>
				${r.last && html`<br /><span class="soft">${t("page.line.last", { at: r.last.counted_at, text: [r.last.status_text, r.last.condition_text].filter(Boolean).join(", ") })}</span>`}</div>
			<button type="button" class="secondary outline small auto" onClick=${() => onOpen(r)}>${t("page.scan.byhand")}</button></li>`)}</ul>`}
	</section>`;
}

function Done({ scans }) {
	return html`<section class="card" aria-labelledby="done"><h2 id="done">${t("page.scan.list")}</h2>
		${scans.length === 0 ? html`<${Empty} icon="scan"><p>${t("page.scan.list.none")}</p></${Empty}>` : html`<ul class="rows">${scans.map((s) => html`<li key=${s.key}>
			<${Badge} kind=${LOOK[s.outcome][0]} icon=${LOOK[s.outcome][1]}>${t("page.scan.is." + s.outcome)}</${Badge}>
			<div class="grow">${(s.row && s.row.name) || s.code}</div></li>`)}</ul>`}
	</section>`;
}

let serial = 0;

export function view({ params, query, clerk }) {
	const room = query.room || "";
	const [scans, setScans] = useState([]);
	const [row, setRow] = useState(null);
	const [surplus, setSurplus] = useState(false);
	const s = useApi("stocktake", { session: params.id, room, only: "uncounted", limit: SHOWN });
	const queue = useQueue(params.id, room, clerk, (fresh) => {
		fresh.forEach((x) => { x.key = ++serial; });
		setScans((old) => [...fresh.slice().reverse(), ...old].slice(0, KEPT));
		play((fresh.find((x) => x.outcome !== "found") || fresh[0]).outcome);
	});
	return html`<${AnswerOne} of=${s}>${(d) => html`
		<${Head} session=${d.session} here="stocktake" />
		<${Scanner} room=${room} away=${Boolean(row) || surplus} finished=${d.session.finished} onCode=${queue.push} />
		${!d.session.finished && html`<${Camera} onCode=${queue.push} />`}
		${queue.error && html`<${Failure} error=${queue.error} again=${queue.again} />`}
		<${Verdict} scan=${scans[0]} onOpen=${setRow} onSurplus=${() => setSurplus(true)} />
		<${Figures} label=${t("page.scan.title")} items=${counts(d.counts)} />
		<div class="split"><${Left} rows=${d.lines} onOpen=${setRow} /><${Done} scans=${scans} /></div>
		<div class="actions"><a role="button" class="secondary outline" href=${links.stocktake(params.id)}><${Icon} name="back" /> ${t("page.scan.rooms")}</a>
			<button type="button" class="secondary outline" onClick=${() => setSurplus(true)}><${Icon} name="add" /> ${t("page.scan.surplus")}</button><${Quiet} /></div>
		${row && html`<${LineDialog} session=${params.id} row=${row} clerk=${clerk} onClose=${() => setRow(null)} />`}
		${surplus && html`<${SurplusDialog} session=${params.id} room=${room} clerk=${clerk} onClose=${() => setSurplus(false)} />`}`}</>`;
}
