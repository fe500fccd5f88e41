// use_draft: one draft on a screen: asked once, then each field that is left is kept by one operation whose
// answer is the whole state. Keepings go one after the other, so that the last answer is the last state; what was
// refused is kept here and goes again (draft_lane).
import { useEffect, useRef, useState } from "/lib/base.js";
import { deliver, laneOf, withRefused } from "./draft_lane.js";

/** Whoever closes the window while something is not saved is asked first. */
function useStay(unsaved) {
	useEffect(() => {
		if (!unsaved) return undefined;
		const ask = (e) => e.preventDefault();
		addEventListener("beforeunload", ask);
		return () => removeEventListener("beforeunload", ask);
	}, [unsaved]);
}

/**
 * {draft, error, saving, unsaved (how many were refused and wait), emptied, run(op, body), settle()}. run: the whole
 * state, or null when it was refused. settle: once all is through, is nothing left unsaved?
 */
export function useDraft(id) {
	const lane = laneOf(id);
	const [draft, setDraft] = useState(null);
	const [error, setError] = useState(null);
	const [saving, setSaving] = useState(0);
	const [emptied, setEmptied] = useState([]);
	const [refused, setRefused] = useState([...lane.refused]);
	const here = useRef(true);
	const show = (live) => {
		if (!here.current) return;
		setDraft((old) => ({ ...live, twins: live.twins || (old && old.twins) }));
		if ((live.emptied || []).length > 0) setEmptied(live.emptied);
	};
	const run = (op, body) => {
		setSaving((n) => n + 1);
		const next = lane.queue.then(async () => {
			try {
				const { live, refusal } = await deliver(lane, op, { id, ...body }, show);
				if (here.current) setError(refusal || null);
				return live || null;
			} finally {
				if (here.current) {
					setRefused([...lane.refused]);
					setSaving((n) => n - 1);
				}
			}
		});
		lane.queue = next.catch(() => {});
		return next;
	};
	const settle = async () => {
		await lane.queue;
		if (lane.refused.length > 0) await run("draft_show", {});
		return lane.refused.length === 0;
	};
	useEffect(() => {
		here.current = true;
		run("draft_show", {});
		return () => { here.current = false; };
	}, [id]);
	useStay(refused.length > 0);
	const last = refused[refused.length - 1];
	return { draft: withRefused(draft, refused), error: error || (last && last.error), saving: saving > 0, unsaved: refused.length, emptied, run, settle };
}

/** Name of the field that is about to get the focus, when that is one. */
export function nextField(event) {
	const to = event && event.relatedTarget;
	const field = to && to.closest && to.closest("[data-of]");
	return field ? field.dataset.of : undefined;
}
