// use_draft: one draft on a screen: asked once, then each field that is left is kept by one operation whose
// answer is the whole state. Keepings go one after the other, so that the last answer is the last state.
import { api, Refusal, useEffect, useRef, useState } from "/lib/base.js";

export function useDraft(id) {
	const [draft, setDraft] = useState(null);
	const [error, setError] = useState(null);
	const [saving, setSaving] = useState(0);
	const [emptied, setEmptied] = useState([]);
	const queue = useRef(Promise.resolve());
	const here = useRef(true);
	const run = (op, body) => {
		setSaving((n) => n + 1);
		const next = queue.current.then(async () => {
			try {
				const live = await api(op, { id, ...body });
				if (here.current) {
					setDraft((old) => ({ ...live, twins: live.twins || (old && old.twins) }));
					setError(null);
					if ((live.emptied || []).length > 0) setEmptied(live.emptied);
				}
				return live;
			} catch (e) {
				if (!(e instanceof Refusal)) throw e;
				if (here.current) setError(e);
				return null;
			} finally {
				if (here.current) setSaving((n) => n - 1);
			}
		});
		queue.current = next.catch(() => {});
		return next;
	};
	useEffect(() => {
		here.current = true;
		run("draft_show", {});
		return () => { here.current = false; };
	}, [id]);
	return { draft, error, saving: saving > 0, emptied, run, idle: () => queue.current };
}

/** Name of the field that is about to get the focus, when that is one. */
export function nextField(event) {
	const to = event && event.relatedTarget;
	const field = to && to.closest && to.closest("[data-of]");
	return field ? field.dataset.of : undefined;
}
