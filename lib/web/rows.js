// rows: the answer of a long list, fetched in pieces as they come into sight: useRows("table", {…}, 60).
// A new question asks for its first piece at once and the old rows stay until that has come; answers to
// questions nobody asks any more are dropped.
import { api, useCallback, useEffect, useRef, useState, useVersion } from "./base.js";

/** {data: the newest first piece, error, total, rowAt(i), need(first, last), again()} */
export function useRows(name, body, size) {
	const version = useVersion();
	const [round, setRound] = useState(0);
	const [state, set] = useState({ total: 0, pieces: new Map() });
	const question = JSON.stringify(body);
	const key = `${question} ${version} ${round}`;
	const asked = useRef({ key: null, pieces: new Set() });

	const fetchPiece = (n) => {
		if (asked.current.pieces.has(n)) return;
		asked.current.pieces.add(n);
		api(name, { ...body, offset: n * size, limit: size }).then((data) => {
			if (asked.current.key !== key) return;
			// asked again because something was saved: what is in sight stays until its piece has come anew
			set((old) => ({ question, data: n === 0 ? data : old.data, total: data.total,
				pieces: new Map(old.question === question ? old.pieces : []).set(n, data.items) }));
		}, (error) => { if (asked.current.key === key) set((old) => ({ ...old, error })); });
	};
	useEffect(() => {
		asked.current = { key, pieces: new Set() };
		fetchPiece(0);
	}, [key]);
	const need = useCallback((first, last) => {
		if (asked.current.key !== key) return;
		for (let n = Math.floor(first / size); n <= Math.floor(last / size); n++) fetchPiece(n);
	}, [key]);
	const rowAt = (i) => { const p = state.pieces.get(Math.floor(i / size)); return p && p[i % size]; };
	return { data: state.data, error: state.error, total: state.total, fresh: state.question === question, rowAt, need, again: () => setRound((n) => n + 1) };
}
