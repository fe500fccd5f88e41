// base: what every screen of both pages needs: preact and htm, the texts, the operations, the router
// and the few formats. It knows no screen and no operation by name. Formats only show: what a number
// or date typed means is asked of the program (never parsed here).
import { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./preact.js";

export { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };

// ---- texts ----

const LANG_KEY = "kk-lang";
let texts = {};

/** "vi" or "en": the choice of this browser; Vietnamese until somebody chooses. */
export function lang() {
	return localStorage.getItem(LANG_KEY) === "en" ? "en" : "vi";
}

/** Fetch the texts of the language; before the first render, and again after setLang. */
export async function loadTexts() {
	const res = await fetch(`/lang/${lang()}.json`);
	if (!res.ok) throw new Error(`texts: ${res.status}`);
	texts = await res.json();
	document.documentElement.lang = lang();
}

export async function setLang(name) {
	localStorage.setItem(LANG_KEY, name);
	await loadTexts();
	changed();
}

/** Text of a key with its {places} filled: t("page.home.title"), t("status.unsent", {n: 3}). */
export function t(key, args = {}) {
	const text = texts[key];
	if (text === undefined) throw new Error(`no text: ${key}`);
	return text.replace(/\{([a-z0-9_]+)\}/g, (all, name) => {
		const value = (lang() === "en" && args[`${name}_en`]) || args[name];
		return value === undefined ? all : typeof value === "number" ? number(value) : String(value);
	});
}

/** Is there such a text? For keys that come in an answer. */
export function hasText(key) {
	return texts[key] !== undefined;
}

// ---- operations ----

/** Refusals (by their key) that a page says in words (a key) of its own: what can be done depends on who reads it, and where the program runs. */
let ownWords = { "rc.io": "page.error.io", "store.no_entity": "page.error.norecord" };

/** Another page's: sayOwn({"rc.io": "centre.error.io"}). */
export function sayOwn(words) {
	ownWords = words;
}

/** What an operation refused: .key and .args for code, .message (in the reader's language) for people. */
export class Refusal extends Error {
	constructor(status, problem) {
		super(ownWords[problem.key] ? t(ownWords[problem.key]) : problem.detail || t("page.error.answer"));
		this.status = status;
		this.key = problem.key || "";
		this.code = problem.code || "";
		this.args = problem.args || {};
	}
}

/** One exchange with the program; what JSON it answered. Throws a Refusal; `.wait`: seconds until another try. */
export async function ask(path, how) {
	let res;
	try {
		res = await fetch(path, { ...how, headers: { "Accept-Language": lang(), ...how.headers } });
	} catch {
		throw new Refusal(0, { detail: t("page.error.gone"), key: "page.error.gone" });
	}
	const answer = await res.json().catch(() => ({}));
	if (res.ok) return answer;
	if (res.status === 401) lost();
	const refusal = new Refusal(res.status, answer);
	refusal.wait = Number(res.headers.get("Retry-After")) || 0;
	throw refusal;
}

/**
 * Run an operation (docs/API.md): api("status"), api("show", {id}). watch: nobody asked for it, the page
 * looks by itself, which keeps no session alive. Throws a Refusal.
 */
export function api(name, body = {}, watch = false) {
	const headers = { "Content-Type": "application/json" };
	if (watch) headers["Kk-Watch"] = "1";
	return ask(`/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Hand over a file: upload("/upload", file) -> what the program says of it. Throws a Refusal. */
export function upload(path, file) {
	return ask(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file });
}

let lost = () => {};
/** Tell what to do when the session is no longer known (the program was started anew). */
export function onLost(f) {
	lost = f;
}

/**
 * An operation's answer for a screen: const {data, error, again} = useApi("show", {id}). Asked when the
 * screen appears, when name or body change, after again(), and after refresh() anywhere; with every_ms
 * also by itself, while the page is looked at. While it is asked again the old answer stays.
 */
export function useApi(name, body = {}, every_ms = 0) {
	const [state, set] = useState({});
	const [round, setRound] = useState(0);
	const byItself = useRef(false);
	const version = useVersion();
	const key = name + JSON.stringify(body);
	const again = () => setRound((n) => n + 1);
	useEffect(() => {
		let here = true;
		const watch = byItself.current;
		byItself.current = false;
		api(name, body, watch).then(
			(data) => here && set({ key, data }),
			(error) => here && set({ key, error }),
		);
		return () => { here = false; };
	}, [key, round, version]);
	useEffect(() => {
		if (!every_ms) return undefined;
		const tick = () => { if (!document.hidden) { byItself.current = true; again(); } };
		const timer = setInterval(tick, every_ms);
		document.addEventListener("visibilitychange", tick);
		return () => { clearInterval(timer); document.removeEventListener("visibilitychange", tick); };
	}, [every_ms]);
	const now = state.key === key ? state : {};
	return { data: now.data, error: now.error, loading: state.key !== key, again };
}

// ---- what all see ----

const watchers = new Set();
let version = 0;

function changed() {
	version++;
	for (const f of watchers) f(version);
}

/** Something was saved or sent: every useApi on the screen and in the header asks again. */
export const refresh = changed;

export function useVersion() {
	const [v, set] = useState(version);
	useEffect(() => {
		watchers.add(set);
		return () => watchers.delete(set);
	}, []);
	return v;
}

// ---- router ----

/** Where we are: the part of the address after "#", e.g. "/record/asset/018f…". */
export function here() {
	return decodeURI(location.hash.slice(1)) || "/";
}

export function go(path) {
	location.hash = encodeURI(path);
}

export function useHere() {
	const [path, set] = useState(here());
	useEffect(() => {
		const f = () => set(here());
		addEventListener("hashchange", f);
		return () => removeEventListener("hashchange", f);
	}, []);
	return path;
}

/** {screen, params, query} of the first screen whose path ("/record/:kind/:id") fits; undefined: none. */
export function route(screens, path) {
	const [whole, query = ""] = path.split("?");
	const parts = whole.split("/");
	for (const screen of screens) {
		const want = screen.path.split("/");
		const fits = want.length === parts.length && want.every((w, i) => w[0] === ":" ? parts[i] !== "" : w === parts[i]);
		if (fits) {
			const params = {};
			want.forEach((w, i) => { if (w[0] === ":") params[w.slice(1)] = parts[i]; });
			return { screen, params, query: Object.fromEntries(new URLSearchParams(query)) };
		}
	}
	return undefined;
}

// ---- formats ----

/** 1234567 -> "1.234.567", in both languages: it is how this country writes it. */
export function number(n) {
	return String(n).replace(/\B(?=(\d{3})+$)/g, ".");
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
	timeZone: "Asia/Ho_Chi_Minh", weekday: "short", day: "2-digit", month: "2-digit", year: "numeric",
	hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

function parts(unix) {
	return Object.fromEntries(CLOCK.formatToParts(new Date(unix * 1000)).map((p) => [p.type, p.value]));
}

/** Unix seconds -> "24/11/2026". */
export function date(unix) {
	const p = parts(unix);
	return `${p.day}/${p.month}/${p.year}`;
}

/** Unix seconds -> "16:41". */
export function time(unix) {
	const p = parts(unix);
	return `${p.hour}:${p.minute}`;
}

/** Unix seconds -> "thứ Sáu". */
export function weekday(unix) {
	return t("page.weekday." + parts(unix).weekday.toLowerCase());
}

/** Unix seconds -> "16:41" of today (`now`, unix seconds of the program), else "24/11/2026 16:41". */
export function moment(unix, now) {
	return date(unix) === date(now) ? time(unix) : `${date(unix)} ${time(unix)}`;
}

/** A name of each form field for labels and error places: unique on the page. */
let serial = 0;
export function useId(prefix = "f") {
	return useMemo(() => `${prefix}${++serial}`, []);
}
