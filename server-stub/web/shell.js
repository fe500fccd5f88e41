// shell: the frame of the console, and who may see what: nobody signed in -> login; else header, menu by role and the screen. When a
// session ends the address stays, so that after signing in again one is where one was.
import { html, lang, onLost, route, setLang, t, useEffect, useHere, useRef, useState, useVersion } from "/lib/base.js";
import { Icon } from "/lib/icon.js";
import { Unread, Waiting } from "/lib/notice.js";
import { Login } from "./login.js";
import { roleName } from "./role.js";
import { signOut, useSession } from "./session.js";
import { SignHere } from "./sign.js";

const GROUPS = ["work", "report", "care"];

function LangSwitch() {
	const other = lang() === "vi" ? "en" : "vi";
	return html`<button type="button" lang=${other} onClick=${() => setLang(other)}>${t("page.lang.other")}</button>`;
}

/** "Nguyễn Văn An, thẩm tra · Toàn quốc" */
function Who({ me }) {
	return html`<span class="top-clerk"><${Icon} name="person" /><span>${me.name}<span class="top-role">
		${roleName(me.role)}<span class="top-scope"> · ${me.all ? t("centre.scope.all") : t("centre.scope.some", { n: me.communes })}</span></span></span></span>`;
}

function Top({ me, onLeave }) {
	return html`<header class="top"><div class="top-row">
		<a class="top-unit" href="#/"><${Icon} name="centre" />${t("centre.product")}</a>
		${me && html`<${Who} me=${me} /><button type="button" onClick=${onLeave}>${t("centre.signout")}</button>`}
		<${LangSwitch} />
	</div></header>`;
}

/** May they see it: every operation it needs is one of their role. */
export function sees(me, screen) {
	return [screen.needs || []].flat().every(me.may);
}

/** here: "page", or "true" where the page is one within it. */
function MenuEntry({ screen, here }) {
	return html`<li><a href=${`#${screen.menu.path || screen.path}`} aria-current=${here}>
		<${Icon} name=${screen.menu.icon} />${t(screen.menu.label)}</a></li>`;
}

function Menu({ screens, path }) {
	const [open, setOpen] = useState(false);
	const found = route(screens, path);
	const shown = screens.filter((s) => s.menu);
	useEffect(() => setOpen(false), [path]);
	const at = (s) => (found && found.screen === s ? "page" : found && found.screen.within === s.path ? "true" : undefined);
	const entries = (group) => shown.filter((s) => s.menu.group === group).map((s) => html`<${MenuEntry} key=${s.path} screen=${s} here=${at(s)} />`);
	return html`<nav class="menu menu-long" aria-label=${t("page.menu.label")}>
		<button type="button" class="secondary outline narrow-only" aria-expanded=${open ? "true" : "false"} aria-controls="menu" onClick=${() => setOpen(!open)}>
			<${Icon} name="list" />${t("page.menu.label")}</button>
		<div id="menu" class=${open ? "menu-open" : undefined}>
			<ul>${entries(undefined)}</ul>
			${GROUPS.filter((g) => shown.some((s) => s.menu.group === g)).map((g) => html`<p class="menu-group" id=${`menu-${g}`}>${t("centre.group." + g)}</p>
				<ul aria-labelledby=${`menu-${g}`}>${entries(g)}</ul>`)}
		</div>
	</nav>`;
}

function Screen({ screens, path, me }) {
	const found = route(screens, path);
	const heading = useRef(null);
	const [own, setOwn] = useState({});
	const title = found ? t(found.screen.title) : t("page.nowhere.title"), called = own.path === path && own.words ? own.words : title;
	useEffect(() => { document.title = `${called} · ${t("centre.product")}`; }, [called]);
	useEffect(() => {
		if (heading.current) heading.current.focus();
		scrollTo(0, 0);
	}, [path, title]);
	return html`<main class=${found && found.screen.wide ? "screen screen-wide" : "screen"} id="main">
		<h1 ref=${heading} tabindex="-1">${called}</h1>
		${found
			? html`<${found.screen.view} key=${path} params=${found.params} query=${found.query} me=${me} onTitle=${(words) => setOwn({ path, words })} />`
			: html`<p class="lead">${t("centre.nowhere")}</p><a href="#/" role="button">${t("centre.nowhere.home")}</a>`}
	</main>`;
}

function Inside({ screens, me, onLeave }) {
	const path = useHere();
	const mine = screens.filter((s) => sees(me, s));
	return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById("main").querySelector("h1").focus(); }}>${t("page.skip")}</a>
		<${Top} me=${me} onLeave=${onLeave} />
		<div class="frame frame-long"><${Menu} screens=${mine} path=${path} /><${Screen} screens=${mine} path=${path} me=${me} /></div>
		<${SignHere} me=${me} />`;
}

function Alone({ children }) {
	return html`<${Top} /><main class="alone" id="main">${children}</main>`;
}

export function Shell({ screens }) {
	useVersion(); // a change of language shows everywhere
	const session = useSession();
	const [ended, setEnded] = useState(false);
	const there = useRef(false); // somebody was signed in here
	useEffect(() => onLost(() => { if (there.current) { there.current = false; setEnded(true); session.set(null); } }), []);
	const enter = (me) => { there.current = true; setEnded(false); session.set(me); };
	const leave = async () => {
		await signOut().catch(() => {});
		there.current = false;
		setEnded(false);
		session.set(null);
	};
	if (session.error) return html`<${Alone}><h1>${t("centre.product")}</h1><${Unread} error=${session.error} again=${() => location.reload()} /></${Alone}>`;
	if (session.me === undefined) return html`<${Alone}><h1 class="visually-hidden">${t("centre.product")}</h1><${Waiting} /></${Alone}>`;
	if (session.me === null) return html`<${Alone}><${Login} ended=${ended} onEnter=${enter} /></${Alone}>`;
	there.current = true;
	return html`<${Inside} screens=${screens} me=${session.me} onLeave=${leave} />`;
}
