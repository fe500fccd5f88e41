// slip: a code for one PC of a commune: to read out, to print with its QR code, or as a file for a stick. A PC is replaced the same way: the new
// one gets a slip, the old one is revoked where it stood last.
import { api, html, t, useApi, useState } from "/lib/base.js";
import { Field } from "/lib/field.js";
import { Answer, Notice } from "/lib/notice.js";
import { FileLink } from "./file_link.js";
import * as links from "./links.js";
import { sign } from "./sign.js";

export const path = "/slip";
export const title = "centre.slip.title";
export const within = "/devices";
export const needs = "enrol_code";

function Slip({ of }) {
	const name = `phieu-${of.slip.scope}.json`;
	return html`<section class="card"><h2>${of.slip.unit ? `${of.slip.unit} (${of.slip.scope})` : t("centre.devices.commune", { code: of.slip.scope })}</h2>
			<dl class="values">
				<div class="wide"><dt>${t("centre.slip.code")}</dt><dd class="fingerprint">${of.slip.code}</dd></div>
				<div><dt>${t("centre.slip.url")}</dt><dd>${of.slip.url}</dd></div>
				<div><dt>${t("centre.slip.clerks")}</dt><dd>${of.clerks}</dd></div>
				<div><dt>${t("centre.slip.fingerprint")}</dt><dd>${of.fingerprint}</dd></div>
			</dl>
			<div class="actions"><${FileLink} file=${of.file} icon="print" primary>${t("centre.slip.print")}</${FileLink}>
				<${FileLink} file=${{ name, type: "application/json", text: JSON.stringify(of.slip, null, "\t") }} icon="usb" save>${t("centre.slip.file")}</${FileLink}></div>
		</section>
		<${Notice} kind="wait"><p>${t("centre.slip.once")}</p></${Notice}>`;
}

/** "Mường Hum (00004), Hà Nội": a digit wrong is another commune. */
function Named({ scope }) {
	const of = useApi("catalogue_list", { text: scope, limit: 1 });
	return html`<${Answer} of=${of}>${({ units: [u] }) => html`<p>${u && u.code === scope ? html`<strong>${u.name}</strong> (${u.code}), ${u.province_name}` : t("centre.slip.unknown")}</p>`}</${Answer}>`;
}

export function view({ query }) {
	const [scope, setScope] = useState(query.scope || "");
	const [clerks, setClerks] = useState("2");
	const [tried, setTried] = useState(false);
	const [slip, setSlip] = useState(null);
	const good = { scope: /^\d{5}$/.test(scope), clerks: /^\d{1,2}$/.test(clerks) };
	const make = async (e) => {
		e.preventDefault();
		setTried(true);
		if (!good.scope || !good.clerks) return;
		const made = await sign({
			title: t("centre.slip.title"), action: t("centre.slip.do"), what: html`<p>${t("centre.devices.commune", { code: scope })}</p><${Named} scope=${scope} />`,
			run: (passphrase) => api("enrol_code", { scope, clerks: Number(clerks), paper: true, passphrase }),
		});
		if (made) setSlip(made);
	};
	if (slip) return html`<${Slip} of=${slip} /><div class="actions"><a role="button" class="auto secondary outline" href=${links.devices()}>${t("page.back")}</a></div>`;
	return html`<p class="lead">${t("centre.slip.lead")}</p>
		<form class="card" novalidate onSubmit=${make}>
			<${Field} label=${t("centre.devices.code")} inputmode="numeric" maxlength="5" value=${scope} onInput=${setScope} wrong=${tried && !good.scope && t("centre.devices.code.wrong")} />
			${good.scope ? html`<${Named} scope=${scope} />` : html`<p><a href=${links.units()}>${t("centre.slip.find")}</a></p>`}
			<${Field} label=${t("centre.slip.clerks")} hint=${t("centre.slip.clerks.hint")} inputmode="numeric" maxlength="2" value=${clerks} onInput=${setClerks}
				wrong=${tried && !good.clerks && t("centre.slip.clerks.wrong")} />
			<div class="actions"><button type="submit">${t("centre.slip.do")}</button>
				<a role="button" class="auto secondary outline" href=${links.devices()}>${t("page.back")}</a></div>
		</form>`;
}
