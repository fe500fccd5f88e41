// app: the console of the centre. This file is the table of its screens; the frame around them is shell.js.
//
// How a screen is written (one file each, screen_NAME.js; add it to the table below):
//
//   export const path = "/submission/:kind/:id";      // after "#"; ":x" becomes params.x
//   export const title = "centre.submission.title";   // key of its heading and of the browser's title
//   export const needs = "show";                      // operation without which it says nothing: who may not ask for it (the
//                                                     // table of server-stub/gate.c) has no such screen. A list: all of them.
//   export const menu = { icon: "list", label: "centre.menu.submissions", group: "work" };   // only when it stands in the menu;
//                                                     // group: "work", "report" or "care"; `path`: of a path with a ":"
//   export const within = "/submissions";             // only when it does not: path of the screen whose entry is marked instead
//   export const wide = true;                         // only when it is a table that needs the room
//   export function view({ params, query, me, onTitle }) { return html`…`; }       // query: what stands after "?"; onTitle(words):
//                                                     // a heading of its own, in place of title, once it is known what is shown
//
// - The frame shows the heading (<h1>) and puts the focus there; a screen begins with what is below it.
// - me is who is signed in: me.account, me.name, me.role, me.all (every commune), me.may("review"): may this role ask for that
//   operation? Show a button only then. It is a courtesy: the server checks each request by role and commune anyway.
// - Ask with useApi("NAME", {…}); polled questions (every_ms) keep no session alive. Long lists: lib/web/rows.js, window_table.js.
// - Whatever signs goes through sign.js, which asks for the passphrase and shows what will be signed; never send `as`:
//     const done = await sign({ title: t("…"), what: html`…`, action: t("…"), run: (passphrase) => api("review", { id, approve: true, passphrase }) });
//     if (done) refresh();                             // undefined: thought better of it. Refusals are shown there.
//   Many records at once: run: async (passphrase, say) => { for (…) { await api(…); say(t("…", { n })); } }.
// - <${Answer} of=${useApi("held", {})}>${(data) => html`…`}</> shows waiting, refusal and content; nothing there is <${Empty}>.
// - Exactly one primary button a screen: <button>; all others class="secondary outline". States are <${Badge} kind="good|wait|bad|info">.
// - Screens lead to each other by links.js; add to it what others lead to.
// - Texts: keys centre.SCREEN.* in lib/lang/{vi,en}.json, in double quotes: t("centre.home.title"). Numbers, dates and moments are
//   shown with number(), date(), moment(); codes (00004) are never numbers. No style attribute, no style sheet of one screen.
// - Whatever has a ":" in its path is given an example in tests/page/console_examples.mjs for the test of all screens.
import { html, loadTexts, render, sayOwn } from "/lib/base.js";
import { Shell } from "./shell.js";
import * as board from "./screen_board.js";
import * as boardList from "./screen_board_list.js";
import * as forks from "./screen_forks.js";
import * as letin from "./screen_letin.js";
import * as twins from "./screen_twins.js";
import * as unit from "./screen_unit.js";
import * as units from "./screen_units.js";
import * as values from "./screen_values.js";
import * as form from "./screen_form.js";
import * as forms from "./screen_forms.js";
import * as accounts from "./screen_accounts.js";
import * as acts from "./screen_acts.js";
import * as devices from "./screen_devices.js";
import * as home from "./screen_home.js";
import * as passphrase from "./screen_passphrase.js";
import * as report from "./screen_report.js";
import * as reports from "./screen_reports.js";
import * as schedules from "./screen_schedules.js";
import * as submission from "./screen_submission.js";
import * as submissions from "./screen_submissions.js";
import * as tasks from "./screen_tasks.js";
import * as tokens from "./screen_tokens.js";
import * as slip from "./screen_slip.js";
import * as pcs from "./screen_unit_devices.js";

// What stands in the menu stands there in this order.
export const screens = [
	home,
	submissions, submission,
	values, letin, twins, forks,
	tasks,
	board, boardList,
	reports,
	report,
	forms, form, schedules,
	devices, slip, pcs, accounts, tokens, passphrase, acts,
	units, unit,
];

sayOwn({ "page.error.gone": "centre.gone", "rc.io": "centre.error.io" });
await loadTexts();
render(html`<${Shell} screens=${screens} />`, document.getElementById("app"));
