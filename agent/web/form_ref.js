// form_ref: a place for another record (the premises of a check): type a part of its name or a code, choose
// from what is found. The ARIA pattern of a combobox with a list: arrows, Enter, Esc. What is typed and not
// chosen is handed over as typed: a code or a whole name is found by the program.
import { api, html, t, useEffect, useRef, useState } from "/lib/base.js";

const FOUND = 8;
const WAIT_MS = 150;

async function find(kinds, words) {
	const answers = await Promise.all(kinds.map((kind) => words
		? api("search", { words: [words], kind, limit: FOUND })
		: api("list", { kind, limit: FOUND })));
	return answers.flatMap((a) => a.items).slice(0, FOUND);
}

export function RefInput({ common, field, live, keep }) {
	const [text, setText] = useState(live.typed ?? live.text ?? "");
	const [items, setItems] = useState(null); // null: closed
	const [at, setAt] = useState(-1);
	const typed = useRef(false);
	const timer = useRef(0);
	useEffect(() => { if (!typed.current) setText(live.typed ?? live.text ?? ""); }, [live.typed, live.text]);
	useEffect(() => () => clearTimeout(timer.current), []);
	const look = (words) => {
		clearTimeout(timer.current);
		timer.current = setTimeout(async () => {
			try { setItems(await find(field.of, words)); setAt(-1); } catch { setItems(null); }
		}, WAIT_MS);
	};
	const close = () => { clearTimeout(timer.current); setItems(null); setAt(-1); };
	const choose = (item) => { typed.current = false; setText(item.title); close(); keep(item.id); };
	const leave = (e) => {
		close();
		if (typed.current) { typed.current = false; keep(text, e); }
	};
	const key = (e) => {
		if (e.key === "ArrowDown" && !items) { e.preventDefault(); look(""); return; }
		if (!items || items.length === 0) return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
		if (step) { e.preventDefault(); setAt((at + step + items.length) % items.length); }
		if (e.key === "Enter" && at >= 0) { e.preventDefault(); e.stopPropagation(); choose(items[at]); }
		if (e.key === "Escape") { e.preventDefault(); close(); }
	};
	const list = `${common.id}-list`;
	return html`<div class="combo">
		<input type="text" role="combobox" autocomplete="off" aria-expanded=${items ? "true" : "false"} aria-controls=${list} aria-autocomplete="list"
			aria-activedescendant=${items && at >= 0 ? `${list}-${at}` : undefined} placeholder=${t("page.form.find")} ...${common} value=${text}
			onInput=${(e) => { typed.current = true; setText(e.currentTarget.value); look(e.currentTarget.value.trim()); }}
			onKeyDown=${key} onBlur=${leave} />
		<ul role="listbox" id=${list} aria-label=${t("page.form.found")} hidden=${!items}>
			${(items || []).map((x, i) => html`<li role="option" key=${x.id} id=${`${list}-${i}`} aria-selected=${i === at ? "true" : "false"}
				onPointerDown=${(e) => { e.preventDefault(); choose(x); }}><span>${x.title}</span> <small>${x.kind_label} · ${x.short}</small></li>`)}
			${items && items.length === 0 && html`<li role="option" aria-selected="false" aria-disabled="true">${t("page.form.none")}</li>`}
		</ul>
	</div>`;
}
