// report: the weekly report in the console of the centre: seen before it is frozen, frozen by the reporter with a passphrase, taken
// away as paper, workbook, file and lines, each the same as the command writes; who may not, does not see how.
// clause: R1 R10 R11
import { PASS, PIN, need, test, world } from "./harness.mjs";
import { addStaff, signedIn, STAFF_PASS } from "./console.mjs";
import { form } from "./sample.mjs";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WEEK = "2026-W48", NAME = "Tuần 48 năm 2026";
const w = world("report-page");
const centre = await w.centre();
const pc = w.pc();
let page, issue;

const file = (name) => join(w.folder, name);
const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

async function prepare() {
	execFileSync("python3", ["tests/sample/make_catalogue.py", file("catalogue.csv")]);
	await centre.call("catalogue import", [file("catalogue.csv")], { secrets: { passphrase: PASS } });
	await addStaff(centre);
	await w.enrol(centre, pc);
	writeFileSync(file("statement.json"), JSON.stringify({ ...form("weekly_statement"), submit: true }));
	await pc.call("record", ["--file", file("statement.json")], { secrets: { pin: PIN } });
	await pc.call("sync");
}

const figure = (label) => page.locator("dl.values div").filter({ hasText: label }).locator("dd").innerText();

/** Every form from its link: {form: path}. */
async function downloads(forms) {
	const got = {};
	for (const [name, label] of forms) {
		const [file_] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: label }).click()]);
		got[name] = { name: file_.suggestedFilename(), path: file(`page.${name}`) };
		await file_.saveAs(got[name].path);
	}
	return got;
}

await prepare();

await test("no issue yet; the week is seen before it is frozen, and only the reporter may freeze it", async () => {
	page = await signedIn(w, centre, "tham-tra");
	await page.getByRole("link", { name: "Báo cáo tuần" }).click();
	await page.getByText("Chưa có báo cáo tuần nào được chốt.").waitFor();
	await w.shot(page, "none");
	await page.goto(`${centre.url}/#/report/${WEEK}`);
	await page.getByRole("heading", { name: NAME }).waitFor();
	need("the whole country", await page.locator("#part1 + .wide-table tbody tr").last().locator("td").first().innerText(), "3.321");
	need("each province, and all, of equipment and of places", await page.locator("tbody tr").count(), 70);
	need("not frozen", await figure("Tình trạng"), "Chưa chốt, số liệu còn thay đổi");
	need("no button for who verifies", await page.getByRole("button", { name: "Chốt kỳ báo cáo" }).count(), 0);
	need("nothing the browser complains of", page.problems, []);
	await page.context().close();
});

await test("frozen with the reporter's own passphrase, by the record set that was there", async () => {
	page = await signedIn(w, centre, "bao-cao");
	await page.goto(`${centre.url}/#/report/${WEEK}`);
	await page.getByRole("button", { name: "Chốt kỳ báo cáo" }).click();
	await page.getByText(`Chốt số liệu ${NAME}`).waitFor();
	await w.shot(page, "sign");
	await page.locator("dialog input[type=password]").fill("sai rồi");
	await page.locator("dialog button[type=submit]").click();
	await page.locator("dialog").getByRole("alert").waitFor();
	await page.locator("dialog input[type=password]").fill(STAFF_PASS);
	await page.locator("dialog button[type=submit]").click();
	await page.locator("dl.values").getByText("Đã chốt").waitFor();
	[issue] = (await centre.call("report list")).issues;
	need("the issue", issue.week, WEEK);
	await page.getByText("Để kiểm tra").click();
	need("its hashes are on the screen", [await figure("Mã tập bản ghi"), await figure("Mã tệp số liệu")], [issue.root, issue.csv]);
	await w.shot(page, "frozen");
});

await test("what is downloaded is what the command writes, and checks elsewhere", async () => {
	const forms = ["csv", "xlsx", "pdf", "lines"];
	const got = await downloads([["csv", "Tệp số liệu (CSV)"], ["xlsx", "Bảng tính (Excel)"], ["pdf", "Bản in (PDF)"], ["lines", "Toàn bộ bản ghi"]]);
	await centre.call("report", ["--week", WEEK, ...forms.flatMap((f) => [`--${f}`, file(`cmd.${f}`)])]);
	need("the same bytes", forms.map((f) => hash(got[f].path)), forms.map((f) => hash(file(`cmd.${f}`))));
	need("the file of the issue", hash(got.csv.path), issue.csv);
	need("names", forms.map((f) => got[f].name), ["csv", "xlsx", "pdf", "jsonl"].map((e) => `bao-cao-tuan-2026-48.${e}`));
	await page.getByRole("link", { name: "Về danh sách báo cáo tuần" }).click();
	await page.getByRole("link", { name: NAME }).first().waitFor();
	await w.shot(page, "issues");
	need("nothing the browser complains of", page.problems, []);
	await page.context().close();
});

await test("a route of its own asks who it is; the lines of every commune are not for a province", async () => {
	need("nobody", (await fetch(`${centre.url}/report/csv?week=${WEEK}`)).status, 401);
	page = await signedIn(w, centre, "tinh", { width: 390, height: 844 });
	const status = (form, week = WEEK) => page.evaluate(async ([f, x]) => (await fetch(`/report/${f}?week=${x}`)).status, [form, week]);
	need("figures are for all, lines are not", [await status("csv"), await status("lines")], [200, 403]);
	need("no such form, no such week", [await status("exe"), await status("csv", "2026-W99")], [404, 422]);
	await page.goto(`${centre.url}/#/report/${WEEK}`);
	await page.getByRole("heading", { name: NAME }).waitFor();
	need("no link to them", await page.getByRole("link", { name: "Toàn bộ bản ghi" }).count(), 0);
	await w.shot(page, "narrow");
	await page.evaluate(() => { location.hash = "/report/2026-W47"; });
	await page.getByText("Tuần này chưa chốt.").waitFor();
	need("not frozen, it is not theirs to see, and asking again would not help", await page.getByRole("button", { name: "Thử lại" }).count(), 0);
	await page.context().close();
});

await test("in English", async () => {
	page = await signedIn(w, centre, "kiem-toan", { lang: "en" });
	await page.goto(`${centre.url}/#/report/${WEEK}`);
	await page.getByRole("heading", { name: "Week 48 of 2026 (23/11 – 29/11/2026)" }).waitFor();
	need("heads in the language of the screen", (await page.locator("#part1 + .wide-table thead th").allInnerTexts()).slice(0, 3).map((x) => x.replace(/\s+/g, " ")),
		["Province", "(1) Communes", "(2) Reported"]);
	await w.shot(page, "english");
	need("nothing the browser complains of", page.problems, []);
});

await w.end();
