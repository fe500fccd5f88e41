// scan_queue: what a clerk scanned in a stocktake and the program has not answered yet: apart from the screen, which a
// lock or another screen takes away. Codes go in one after the other; those that came meanwhile go together.
import { api, refresh } from "/lib/base.js";

const TOGETHER = 1024; // letters of one call with a blank between codes: no more codes than it takes (scan.many)
const queues = new Map();

class Queue {
	constructor(session, clerk) {
		this.session = session;
		this.clerk = clerk;
		this.waiting = []; // {code, room}
		this.unseen = []; // answers that came while no screen was there
		this.watcher = null;
		this.busy = false;
	}

	/** What a scanner or a camera read: a line is a code, or some; a call takes all of one line, not of any number. */
	push(read, room) {
		this.waiting.push(...read.split(/[\t\r\n]+/).filter(Boolean).map((code) => ({ code, room })));
		return this.drain();
	}

	/** How many go together now: of one room, no more than one call takes, one at least. */
	together() {
		const { room } = this.waiting[0];
		let n = 0, letters = 0;
		for (const x of this.waiting) {
			letters += x.code.length + 1;
			if (n > 0 && (x.room !== room || letters > TOGETHER)) break;
			n++;
		}
		return n;
	}

	async send() {
		const some = this.waiting.slice(0, this.together());
		const got = await api("scan", { session: this.session, codes: some.map((x) => x.code), room: some[0].room, clerk: this.clerk });
		this.waiting.splice(0, some.length);
		if (this.watcher) this.watcher.onScans(got.scans);
		else this.unseen.push(...got.scans);
	}

	tell(error) {
		if (this.watcher) this.watcher.onError(error);
	}

	/** Until nothing waits, or one is refused: then what waits is sent with the next one, or when it is asked for again. */
	async drain() {
		if (this.busy || this.waiting.length === 0) return;
		this.busy = true;
		this.tell(null);
		try {
			while (this.waiting.length > 0) await this.send();
		} catch (e) {
			this.tell(e);
		}
		this.busy = false;
		if (this.waiting.length === 0) refresh();
	}

	/** A screen is there: {onScans(answers), onError(refusal or null)}. What came or waited without one, now. Call what it returns when it goes. */
	watch(watcher) {
		this.watcher = watcher;
		if (this.unseen.length > 0) watcher.onScans(this.unseen.splice(0));
		this.drain();
		return () => { if (this.watcher === watcher) this.watcher = null; };
	}
}

/** The queue of a stocktake and a clerk, by her name: what she scanned is sealed by her alone. */
export function queueOf(session, clerk) {
	const key = JSON.stringify([session, clerk]);
	if (!queues.has(key)) queues.set(key, new Queue(session, clerk));
	return queues.get(key);
}
