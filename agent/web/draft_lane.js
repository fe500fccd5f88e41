// draft_lane: what goes to one draft, one after the other, and what of it the program refused (the disk was full for a
// moment): apart from the screens, which come and go. What was refused goes again before whatever is said next, until it
// is kept or something newer stands in its place.
import { api, Refusal, t } from "/lib/base.js";

const lanes = new Map();

/** {queue: the last exchange, refused: [{op, body, error}]} of a draft: one for all screens that show it. */
export function laneOf(id) {
	if (!lanes.has(id)) lanes.set(id, { queue: Promise.resolve(), refused: [] });
	return lanes.get(id);
}

/** Did she type or add something that is lost unless it is kept? Not: a press she can repeat, nor what has no place any more. */
function isHeld(body, refusal) {
	return refusal.status !== 404 && (Object.keys(body.fields || {}).length > 0 || body.reason !== undefined);
}

/** What the refused one still says once the newer one is said; undefined: nothing. */
function without(old, body) {
	if (old.body.add || body.add || old.body.line !== body.line) return old;
	const fields = Object.fromEntries(Object.entries(old.body.fields || {}).filter(([name]) => !(name in (body.fields || {}))));
	const reason = body.reason === undefined ? old.body.reason : undefined;
	return Object.keys(fields).length > 0 || reason !== undefined ? { ...old, body: { ...old.body, fields, reason } } : undefined;
}

async function attempt({ op, body }) {
	try {
		return { live: await api(op, body) };
	} catch (e) {
		if (!(e instanceof Refusal)) throw e;
		return { refusal: e };
	}
}

/** Once more; one that is refused again holds up none of the others. */
async function again(lane, old, show) {
	const { live, refusal } = await attempt(old);
	const at = lane.refused.indexOf(old);
	if (live) show(live);
	if (live || !isHeld(old.body, refusal)) lane.refused.splice(at, 1);
	else lane.refused[at] = { ...old, error: refusal };
}

/** Send op with body, behind what was refused before; show(live): each state the program answers. Returns {live} or {refusal}. */
export async function deliver(lane, op, body, show) {
	lane.refused = lane.refused.map((old) => without(old, body)).filter(Boolean);
	for (const old of [...lane.refused]) await again(lane, old, show);
	const got = await attempt({ op, body });
	if (got.live) show(got.live);
	if (got.live && op === "draft_remove") lane.refused = lane.refused.filter((old) => old.body.line !== body.line);
	if (got.refusal && isHeld(body, got.refusal)) lane.refused.push({ op, body, error: got.refusal });
	return got;
}

/** The draft with what was refused in its place, each marked as not saved: `unsaved` is the text as it was typed. */
export function withRefused(draft, refused) {
	if (!draft || refused.length === 0) return draft;
	const out = { ...draft, fields: { ...draft.fields }, lines: draft.lines.map((x) => ({ ...x, fields: { ...x.fields } })) };
	for (const { body } of refused.filter((x) => !x.body.add)) {
		const part = body.line ? out.lines.find((x) => x.no === body.line) : out;
		for (const [name, value] of Object.entries(part ? body.fields || {} : {})) {
			part.fields[name] = { ...part.fields[name], value: value === "" ? undefined : value, unsaved: typeof value === "string" ? value : undefined,
				error: t("page.draft.unsaved.here") };
		}
	}
	return out;
}
