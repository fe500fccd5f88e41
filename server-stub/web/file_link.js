// file_link: a file out of an answer ({name, type, content in base64}, or a text), to open or to save. Nothing is asked of the program again.
import { html, useEffect, useMemo } from "/lib/base.js";
import { Icon } from "/lib/icon.js";

function bytes(file) {
	if (file.content === undefined) return file.text;
	return Uint8Array.from(atob(file.content), (c) => c.charCodeAt(0));
}

/** save: keep it under its name rather than show it in a window of its own. */
export function FileLink({ file, icon, save, primary, children }) {
	const url = useMemo(() => URL.createObjectURL(new Blob([bytes(file)], { type: file.type })), [file]);
	useEffect(() => () => URL.revokeObjectURL(url), [url]);
	return html`<a role="button" class=${primary ? "auto" : "auto secondary outline"} href=${url} download=${save ? file.name : undefined}
		target=${save ? undefined : "_blank"} rel="noopener"><${Icon} name=${icon} /> ${children}</a>`;
}
