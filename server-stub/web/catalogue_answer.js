// catalogue answer: an answer that counts every commune. Before there is a catalogue that is no failure: what has to be done first is said.
import { html, t } from "/lib/base.js";
import { Answer, Empty } from "/lib/notice.js";

export function CatalogueAnswer({ of, children }) {
	if (!of.error || of.error.key !== "report.no_catalogue") return html`<${Answer} of=${of}>${children}</${Answer}>`;
	return html`<section class="card"><${Empty} icon="form"><p>${t("centre.nocatalogue")}</p></${Empty}></section>`;
}
