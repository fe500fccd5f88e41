// shell: the frame of the clerk's page, and who may see what: no session -> how to come back; not
// enrolled -> start; nobody unlocked -> PIN; else header, menu and the screen. Asks the status every ten
// seconds while the page is looked at, tells the desktop when something came back, and locks after idling.
import { html, lang, onLost, refresh, route, setLang, t, useApi, useEffect, useHere, useRef, useState, useVersion } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { Notice, Unread, Waiting } from "/lib/notice.js";
import { useNotify } from "./notify.js";
import { Start } from "./start.js";
import { SyncLine } from "./sync_line.js";
import { lock, Unlock, useIdleLock } from "./unlock.js";

const POLL_MS = 10000;

/** When something was saved or came in, by this page or not, every screen asks anew; also what came within the second of the contact before. */
function useNews(status) {
	const known = useRef("");
	useEffect(() => {
		if (!status) return;
		const now = JSON.stringify([status.saved, status.accepted, status.unsent, status.conflicts, status.newest, status.last_ok, status.enrolled]);
		if (known.current && known.current !== now) refresh();
		known.current = now;
	}, [status]);
}

function LangSwitch() {
	const other = lang() === "vi" ? "en" : "vi";
	return html`<button type="button" lang=${other} onClick=${() => setLang(other)}>${t("page.lang.other")}</button>`;
}

function Top({ status, clerk, onLock }) {
	return html`<header class="top"><div class="top-row">
		<span class="top-unit">${(status && (status.unit || (status.scope && t("page.unit", { scope: status.scope })))) || t("page.product")}</span>
		${clerk && html`<span class="top-clerk"><${Icon} name="person" />${clerk.name}</span>
			<button type="button" onClick=${onLock}>${t("page.lock")}</button>`}
		<${LangSwitch} />
	</div></header>`;
}

/** The screen of the menu to which what is at this address belongs: itself, or the one that stands before it in the table. */
function entryOf(screens, found) {
	return found && screens.slice(0, screens.indexOf(found.screen) + 1).findLast((s) => s.menu);
}

function Menu({ screens, path }) {
	const found = route(screens, path);
	const entry = entryOf(screens, found);
	return html`<nav class="menu" aria-label=${t("page.menu.label")}><ul>
		${screens.filter((s) => s.menu).map((s) => html`<li><a href=${`#${s.menu.path || s.path}`} aria-current=${s !== entry ? undefined : s === found.screen ? "page" : "true"}>
			<${Icon} name=${s.menu.icon} />${t(s.menu.label)}</a></li>`)}
	</ul></nav>`;
}

function Screen({ screens, path, ...props }) {
	const found = route(screens, path);
	const heading = useRef(null);
	const title = found ? t(found.screen.title) : t("page.nowhere.title");
	useEffect(() => {
		document.title = `${title} · ${t("page.product")}`;
		if (heading.current) heading.current.focus();
		scrollTo(0, 0);
	}, [path, title]);
	return html`<main class=${found && found.screen.wide ? "screen screen-wide" : "screen"} id="main">
		<h1 ref=${heading} tabindex="-1">${title}</h1>
		${found
			? html`<${found.screen.view} key=${path} params=${found.params} query=${found.query} ...${props} />`
			: html`<p class="lead">${t("page.nowhere.text")}</p><a href="#/" role="button">${t("page.nowhere.home")}</a>`}
	</main>`;
}

function Inside({ screens, status, clerk, onLock }) {
	const path = useHere();
	useIdleLock(clerk, onLock);
	useNotify();
	return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById("main").querySelector("h1").focus(); }}>${t("page.skip")}</a>
		<${Top} status=${status} clerk=${clerk} onLock=${onLock} />
		<${SyncLine} status=${status} />
		<div class="frame"><${Menu} screens=${screens} path=${path} />
			<${Screen} screens=${screens} path=${path} clerk=${clerk} status=${status} /></div>`;
}

function Alone({ status, children }) {
	return html`<${Top} status=${status} /><main class="alone" id="main">${children}</main>`;
}

export function Shell({ screens }) {
	useVersion(); // a change of language shows everywhere
	const [gone, setGone] = useState(false);
	const start = useRef(""); // "on" until it is "left" by its own button, also when the clerk is there meanwhile
	const status = useApi("status", {}, POLL_MS);
	const clerks = useApi("clerk_list", {}, POLL_MS);
	useNews(status.data);
	useEffect(() => onLost(() => setGone(true)), []);
	useEffect(() => { document.title = t("page.product"); }, []);
	if (gone) return html`<${Alone}><h1>${t("page.gone.title")}</h1><${Notice}><p>${t("page.gone.text", { product: t("page.product") })}</p></${Notice}></${Alone}>`;
	const error = status.error || clerks.error;
	if (error) return html`<${Alone}><h1>${t("page.product")}</h1><${Unread} error=${error} again=${refresh} /></${Alone}>`;
	if (!status.data || !clerks.data || (start.current === "left" && clerks.data.clerks.length === 0)) return html`<${Alone}><${Waiting} /></${Alone}>`;
	const people = clerks.data.clerks.filter((c) => !c.retired);
	const clerk = people.find((c) => c.unlocked);
	if (people.length === 0 && !start.current) start.current = "on";
	if (start.current === "on") {
		const enter = () => { start.current = "left"; refresh(); };
		return html`<${Alone} status=${status.data}><${Start} onEnter=${enter} /></${Alone}>`;
	}
	if (!clerk) return html`<${Alone} status=${status.data}><${Unlock} clerks=${people} /></${Alone}>`;
	return html`<${Inside} screens=${screens} status=${status.data} clerk=${clerk} onLock=${lock} />`;
}
