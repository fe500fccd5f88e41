// app: the clerk's page. This file is the table of its screens; the frame around them is shell.js.
//
// How a screen is written (one file each, screen_NAME.js; add it to the table below):
//
//   export const path = "/record/:kind/:id";     // after "#"; ":x" becomes params.x
//   export const title = "page.record.title";    // key of its heading and of the browser's title
//   export const menu = { icon: "form", label: "page.menu.record" };   // only when it stands in the menu; `path`: the
//                                                                      // address there, of a path with a ":"
//   export const wide = true;                    // only when it is a table that needs the room
//   export function view({ params, query, clerk, status }) { return html`…`; }     // query: what stands after "?"
//
// - The frame shows the heading (<h1>) and puts the focus there; a screen begins with what is below it.
// - clerk is who has unlocked (clerk.name: hand it to every operation that seals, as `clerk`); status is the
//   answer of the operation `status`.
// - Ask with useApi("NAME", {…}), act with await api("NAME", {…}), then refresh(). No rule of a form and no
//   meaning of what was typed is decided here: ask the operation, show its words.
// - <${Answer} of=${useApi("list", {kind})}>${(data) => html`…`}</> shows waiting, refusal and content.
// - Exactly one primary button a screen: <button>; all others class="secondary outline".
// - A state is <${Badge} kind="good|wait|bad|info">word</>: picture, word and colour. No colour alone.
// - Nothing there is said with <${Empty}>: never a blank place.
// - Screens lead to each other by links.js: <a href=${links.record(kind, id)}>; add to it what others lead to.
// - Texts: keys page.SCREEN.* in lib/lang/{vi,en}.json, in double quotes: t("page.home.due"). Numbers, dates
//   and moments are shown with number(), date(), moment(); codes (00004) are never numbers.
// - No style attribute (the CSP forbids it), no style sheet of one screen: classes of lib/web/layout.css.
// - Whatever has a ":" in its path is given an example in tests/page/examples.mjs, so that the test of all
//   screens (tests/page/screens_test.mjs) can show it.
import { html, loadTexts, render } from "/lib/base.js";
import { Shell } from "./shell.js";
import * as begin from "./screen_begin.js";
import * as committee from "./screen_committee.js";
import * as decide from "./screen_decide.js";
import * as differences from "./screen_differences.js";
import * as draft from "./screen_draft.js";
import * as duplicates from "./screen_duplicates.js";
import * as enrol from "./screen_enrol.js";
import * as home from "./screen_home.js";
import * as importing from "./screen_import.js";
import * as labels from "./screen_labels.js";
import * as line from "./screen_line.js";
import * as minutes from "./screen_minutes.js";
import * as fresh from "./screen_new.js";
import * as receipt from "./screen_receipt.js";
import * as record from "./screen_record.js";
import * as register from "./screen_register.js";
import * as review from "./screen_review.js";
import * as scan from "./screen_scan.js";
import * as send from "./screen_send.js";
import * as stocktake from "./screen_stocktake.js";
import * as stocktakes from "./screen_stocktakes.js";
import * as usb from "./screen_usb.js";

// What stands in the menu stands there in this order. A screen that does not, belongs to the entry that stands before it.
export const screens = [
	send,
	home, enrol, decide, decide.ofOne,
	fresh, begin, begin.correct, draft, draft.atField, line, line.atField, review,
	register, record, receipt, importing, duplicates,
	stocktakes, stocktake, scan, differences, committee, minutes, labels,
	usb,
];

await loadTexts();
render(html`<${Shell} screens=${screens} />`, document.getElementById("app"));
