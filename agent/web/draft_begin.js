// draft_begin: begin to fill something in, from any screen: a new record (kind, fields), a change of one
// (edits), a correction of a submitted one (corrects). The draft is kept before its screen appears.
import { api, refresh } from "/lib/base.js";
import * as links from "./links.js";

export async function makeDraft(what, clerk) {
	const draft = await api("draft_new", { ...what, clerk: clerk.name });
	refresh();
	return draft;
}

export async function beginDraft(what, clerk) {
	location.hash = links.draft((await makeDraft(what, clerk)).id);
}
