// photo: one photo or paper of either page: a small picture that opens in full, or words in its place where there is nothing to be seen.
import { html, t } from "./base.js";
import { Badge } from "./badge.js";
import { Icon } from "./icon.js";

/** src: its address, absent: it cannot be had. image: the reference (type, name), absent: none yet. badge: {kind, text} of its file. */
export function Photo({ src, image, caption, badge, children }) {
	return html`<figure class="photo">
		${src && image && image.type.startsWith("image/")
			? html`<a href=${src} target="_blank" rel="noopener"><img src=${src} alt=${caption || image.name} loading="lazy" /></a>`
			: html`<div class="paper"><${Icon} name="paper" />${!image ? t("page.photo.none")
				: src ? html`<a href=${src} download=${image.name}>${image.name}</a>` : image.name}</div>`}
		<figcaption>${caption || (image && image.name)}${badge && html` <${Badge} kind=${badge.kind}>${badge.text}</${Badge}>`}</figcaption>
		${children}
	</figure>`;
}
