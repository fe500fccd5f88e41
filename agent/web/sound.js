// sound: what a scan turned out to be, for whoever looks at the shelf and not at the screen. Each outcome has a tune
// of its own: [Hz, begins at s, lasts s]. Made by the browser (Web Audio); there is no file.
const TUNES = {
	found: [[880, 0, 0.09]],
	repeated: [[523, 0, 0.07], [523, 0.13, 0.07]],
	wrong_room: [[784, 0, 0.14], [392, 0.17, 0.22]],
	unknown: [[165, 0, 0.5]],
	other: [[659, 0, 0.08], [659, 0.14, 0.08], [659, 0.28, 0.16]],
};
const KEY = "kk-quiet";
let audio = null;

export function quiet() {
	return localStorage.getItem(KEY) === "1";
}

export function setQuiet(yes) {
	localStorage.setItem(KEY, yes ? "1" : "0");
}

/** One of TUNES by name; "other" for any name not in it. */
export function play(outcome) {
	if (quiet() || !globalThis.AudioContext) return;
	audio ||= new AudioContext();
	for (const [hz, at, lasts] of TUNES[outcome] || TUNES.other) {
		const tone = audio.createOscillator(), loud = audio.createGain();
		const begin = audio.currentTime + at;
		tone.type = outcome === "unknown" ? "square" : "sine";
		tone.frequency.value = hz;
		loud.gain.setValueAtTime(0.25, begin);
		loud.gain.exponentialRampToValueAtTime(0.001, begin + lasts);
		tone.connect(loud).connect(audio.destination);
		tone.start(begin);
		tone.stop(begin + lasts);
	}
}
