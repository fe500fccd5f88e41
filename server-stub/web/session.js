// session: who is signed in. The cookie is out of reach of this code; what the program says of it is asked for. While somebody works
// on a page without asking anything the program is told so now and then, or it would end the session in mid-form.
import { ask, useEffect, useState } from "/lib/base.js";

const LOOK_MS = 60 * 1000, TELL_MS = 2 * 60 * 1000;

/** The answer of GET /session, with may(operation); null: nobody. Throws a Refusal when the program is out of reach. */
async function whoIsThere(watch) {
	try {
		return known(await ask("/session", { method: "GET", headers: watch ? { "Kk-Watch": "1" } : {} }));
	} catch (e) {
		if (e.status === 401) return null;
		throw e;
	}
}

function known(answer) {
	const names = new Set(answer.may);
	return { ...answer, may: (name) => names.has(name) };
}

export async function signIn(account, passphrase) {
	return known(await ask("/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ account, passphrase }) }));
}

export async function signOut() {
	await ask("/session", { method: "DELETE" });
}

/** {me, error, set}: me undefined: not known yet; null: nobody. */
export function useSession() {
	const [state, setState] = useState({});
	const set = (me) => setState({ me });
	useEffect(() => {
		let last = 0, told = Date.now(), looked = Date.now();
		const look = (watch) => whoIsThere(watch).then((me) => setState((old) => (old.me && me && old.me.account === me.account ? old : { me })),
			(error) => setState((old) => (old.me === undefined ? { error } : old)));
		const touch = () => { last = Date.now(); };
		const events = ["keydown", "pointerdown", "input"];
		const timer = setInterval(() => {
			const now = Date.now();
			if (last > told && now - told >= TELL_MS) {
				told = looked = now;
				look(false);
			} else if (now - looked >= LOOK_MS) {
				looked = now;
				look(true);
			}
		}, 5000);
		look(true);
		for (const e of events) addEventListener(e, touch, { passive: true });
		return () => { clearInterval(timer); for (const e of events) removeEventListener(e, touch); };
	}, []);
	return { ...state, set };
}
