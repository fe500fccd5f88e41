// console: what tests of the centre's console share: staff of every role, and a browser window in which one of them has signed in.
import { need, PASS } from "./harness.mjs";

export const STAFF_PASS = "mật khẩu của cán bộ";

/** account: who; province "01" is that of the communes of this sample. The registrar is there from `init`. */
export const STAFF = [
	{ account: "tham-tra", name: "Phạm Minh Tuấn", title: "Chuyên viên", role: "verifier" },
	{ account: "tinh", name: "Lò Thị Mai", title: "Sở Tài chính", role: "province_verifier", scope: ["00004"] },
	{ account: "bao-cao", name: "Trần Quốc Bảo", title: "Vụ Tổng hợp", role: "reporter" },
	{ account: "kiem-toan", name: "Vũ Hải Yến", title: "Kiểm toán Nhà nước", role: "auditor" },
];

/** Certify them; the collector may be serving. */
export async function addStaff(centre, staff = STAFF) {
	for (const s of staff) {
		const args = [s.account, "--name", s.name, "--title", s.title, "--role", s.role, ...(s.scope || []).flatMap((x) => ["--scope", x])];
		await centre.call("staff add", args, { secrets: { passphrase: PASS, staff_passphrase: STAFF_PASS } });
	}
}

/** A window on the login screen. */
export async function openConsole(w, centre, { lang = "vi", width = 1366, height = 768 } = {}) {
	return w.window(`${centre.url}/`, { lang, width, height });
}

/** A window in which that account has signed in. */
export async function signedIn(w, centre, account, how = {}) {
	const page = await openConsole(w, centre, how);
	await page.locator("input[autocomplete=username]").fill(account);
	await page.locator("input[type=password]").fill(account === "registrar" ? PASS : STAFF_PASS);
	await page.locator("button[type=submit]").click();
	await page.locator("nav.menu").waitFor();
	need("the heading has the focus", await page.evaluate(() => document.activeElement.tagName), "H1");
	return page;
}
