// start: the first ten minutes of a PC, in the page: a slip of paper typed with the keyboard alone, what is missing
// and what is wrong told, the fingerprint read out and approved, work without a network; then PINs: a wrong
// one, two clerks, a lost one, idling; kill -9, another language, and what tells the desktop.
import { CLERK, PASS, PIN, SCOPE, UNIT, need, test, world } from "./harness.mjs";
import { form, staff } from "./sample.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SECOND = "H'Lan Niê Kđăm";
const SECOND_PIN = "975310";
const w = world("start");
const centre = await w.centre({ registrar: false });
const pc = w.pc();
let page, slip;

/** Type into the field that has the focus, then go on with Tab. */
async function keys(...values) {
	for (const v of values) {
		await page.keyboard.type(v);
		await page.keyboard.press("Tab");
	}
}

const focused = () => page.evaluate(() => {
	const e = document.activeElement;
	return (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText;
});

/** Go on with Tab until the focus is on what is called so. */
async function tabTo(name) {
	for (let i = 0; i < 30; i++) {
		if ((await focused()).startsWith(name)) return;
		await page.keyboard.press("Tab");
	}
	throw new Error(`no Tab leads to "${name}"`);
}

async function unlock(pin) {
	await page.getByLabel(/^Mã PIN của/).fill(pin);
	await page.keyboard.press("Enter");
}

await test(`Node.js ${process.versions.node} runs this file: the version it is to be run by`, () => {
	const major = Number(process.versions.node.split(".")[0]);
	need("at least 18", major >= 18, true);
	need("as asked for", String(major), process.env.KK_NODE_MAJOR || String(major));
});

await test("a slip of paper, typed with the keyboard alone; what is missing is told beside its field", async () => {
	slip = JSON.parse(readFileSync(await w.slip(centre), "utf8"));
	const root = (await centre.call("enrol code", ["--scope", SCOPE, "--url", centre.url])).fingerprint;
	await pc.serve(["--offline"]);
	page = await w.open(pc);
	need("the focus is on the heading", await focused(), "Bắt đầu dùng máy này");
	await tabTo("Tiếp tục");
	await page.keyboard.press("Enter");
	need("all four are missing", await page.getByText("Cần điền mục này.").count(), 4);
	await page.locator("h1").focus();
	await tabTo("Mã đăng ký");
	await keys(slip.code.toLowerCase().replaceAll("-", " "), slip.scope, slip.url, root.replaceAll(" ", "")); // groups as the hand leaves them
	need("on to the button", await focused(), "Tiếp tục");
	await page.keyboard.press("Enter");
	await tabTo("Họ và tên");
	await keys(CLERK, "Công chức Văn phòng", PIN, "135790");
	await page.getByText("Hai lần nhập không giống nhau.").waitFor();
	await page.getByLabel("Nhập lại mã PIN").focus();
	await page.keyboard.press("Control+A");
	await keys(PIN);
	need("on to the button", await focused(), "Đăng ký máy này");
	await page.keyboard.press("Enter");
	await page.getByText("Đang chờ trung tâm duyệt").waitFor();
});

await test("the fingerprint on the screen is the one the centre sees; work begins before it approves", async () => {
	const shown = (await page.locator(".fingerprint span").allInnerTexts()).join(" ");
	const waiting = (await centre.call("enrol list")).waiting.find((x) => x.what === "device");
	need("four groups of five digits", /^(\d{5} ){3}\d{5}$/.test(shown), true);
	need("the same", shown, waiting.fingerprint);
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // the page asks anew
	await page.waitForLoadState("networkidle");
	need("it stays until she has read it out", await page.locator(".fingerprint").count(), 1);
	await page.getByRole("button", { name: "Vào làm việc" }).click();
	await page.getByText("Máy này đang chờ trung tâm công nhận").waitFor();
	need("who works", await page.locator(".top-clerk").innerText(), CLERK);
	await centre.call("enrol approve", [waiting.key], { secrets: { passphrase: PASS } });
	await page.getByRole("button", { name: "Gửi ngay" }).click();
	await page.locator("#sync").filter({ hasText: /^Đã lưu (\d+) mục · đã gửi \1 · trung tâm đã nhận \1 · liên lạc lần cuối \d\d:\d\d$/ }).waitFor();
	need("no more waiting", await page.getByText("Máy này đang chờ").count(), 0);
	need("the unit", await page.locator(".top-unit").innerText(), `Đơn vị mã ${SCOPE}`); // paper has no name; a catalogue would
});

await test("a code used already explains itself", async () => {
	const again = w.pc("again");
	await again.serve(["--offline"]);
	const other = await w.open(again);
	await other.getByRole("button", { name: /Tệp trên USB/ }).click();
	const bad = join(w.folder, "bad.json");
	writeFileSync(bad, "x");
	await other.locator("input[type=file]").setInputFiles(bad);
	await other.getByText("không phải phiếu đăng ký").waitFor();
	const used = join(w.folder, "used.json");
	writeFileSync(used, JSON.stringify(slip));
	await other.locator("input[type=file]").setInputFiles(used);
	await other.getByLabel("Họ và tên").fill("Đỗ Văn Ân");
	await other.getByLabel("Mã PIN", { exact: true }).fill(PIN);
	await other.getByLabel("Nhập lại mã PIN").fill(PIN);
	await other.getByRole("button", { name: "Đăng ký máy này" }).click();
	const said = await other.getByRole("alert").first().innerText();
	need("in words", /mã|phiếu/i.test(said) && !/[a-z]+_[a-z]+/.test(said), true);
	await other.reload();
	await other.getByRole("button", { name: "Nhập phiếu đăng ký khác" }).click();
	await other.getByRole("button", { name: /Tệp trên USB/ }).click();
	await other.locator("input[type=file]").setInputFiles(await w.slip(centre));
	await other.locator(".fingerprint").waitFor();
	await other.context().close();
	await again.stop();
});

/** The clerk of a PC that is being started. */
async function typeClerk(other, name) {
	await other.getByLabel("Họ và tên").fill(name);
	await other.getByLabel("Mã PIN", { exact: true }).fill(PIN);
	await other.getByLabel("Nhập lại mã PIN").fill(PIN);
}

/** What stands beside the fields that are wrong: label, text. */
const wrongs = (other) => other.locator("[aria-invalid]").evaluateAll((all) => all.map((x) => [x.labels[0].innerText, document.getElementById(`${x.id}-wrong`).innerText]));

await test("what is wrong with a typed slip is told beside its field; nothing is typed twice; who telephoned reads so", async () => {
	const wrong = w.pc("wrong");
	const file = JSON.parse(readFileSync(await w.slip(centre), "utf8"));
	const root = (await centre.call("enrol code", ["--scope", SCOPE, "--url", centre.url])).fingerprint;
	const typed = { "Mã đăng ký": file.code.slice(0, -1), "Mã xã (5 chữ số)": file.scope.slice(0, -1), "Địa chỉ máy thu": file.url, "Dấu vân của trung tâm": root.slice(0, -1) };
	await wrong.serve(["--offline"]);
	const other = await w.open(wrong, { clock: true });
	const stands = async () => Object.fromEntries(await Promise.all(Object.keys(typed).map(async (label) => [label, await other.getByLabel(label).inputValue()])));
	const next = () => other.getByRole("button", { name: "Tiếp tục" }).click();
	const ask = () => other.getByRole("button", { name: "Đăng ký máy này" }).click();
	for (const [label, text] of Object.entries(typed)) await other.getByLabel(label).fill(text);
	await next();
	await typeClerk(other, "Hà Thị Mơ");
	await other.getByRole("button", { name: "Quay lại" }).click();
	need("back: as it was", await stands(), typed);
	need("nothing is wrong yet", await wrongs(other), []);
	await next();
	await ask();
	await other.locator("[aria-invalid]").waitFor();
	need("the commune", await wrongs(other), [["Mã xã (5 chữ số)", `“${file.scope.slice(0, -1)}” không phải mã xã (5 chữ số).`]]);
	typed["Mã xã (5 chữ số)"] = file.scope;
	await other.getByLabel("Mã xã (5 chữ số)").fill(file.scope);
	await next();
	await ask();
	await other.locator("[aria-invalid]").waitFor();
	need("the code", await wrongs(other), [["Mã đăng ký", "Mã đăng ký không đúng dạng (12 ký tự, 3 nhóm 4)."]]);
	need("all of it stands", await stands(), typed);
	await other.getByLabel("Mã đăng ký").fill(file.code);
	need("another code is not wrong", await wrongs(other), []);
	await next();
	need("the clerk, too", [await other.getByLabel("Họ và tên").inputValue(), await other.getByLabel("Nhập lại mã PIN").inputValue()], ["Hà Thị Mơ", PIN]);
	await ask();
	await other.locator("[aria-invalid]").waitFor();
	need("the fingerprint", await wrongs(other), [["Dấu vân của trung tâm", "Dấu vân của trung tâm không đúng dạng (4 nhóm, mỗi nhóm 5 chữ số)."]]);
	await other.getByLabel("Dấu vân của trung tâm").fill(root);
	await next();
	await ask();
	await other.getByText("Đang chờ trung tâm duyệt").waitFor();
	const shown = (await other.locator(".fingerprint span").allInnerTexts()).join(" ");
	await centre.call("enrol approve", [(await centre.call("enrol list")).waiting.find((x) => x.fingerprint === shown).key], { secrets: { passphrase: PASS } });
	await other.clock.runFor("00:11");
	await other.getByText("Trung tâm đã công nhận máy này.", { exact: true }).waitFor();
	need("neither to wait for nor to have called for nothing", await other.getByText(/Không cần gọi|Không phải chờ/).count(), 0);
	await other.context().close();
	await wrong.stop();
});

await test("a PC without a network: the slip's square is scanned, the request waits, the page says so", async () => {
	const alone = w.pc("alone");
	const file = await w.slip(centre);
	await centre.stop();
	await alone.serve(["--offline"]);
	const other = await w.open(alone);
	const square = JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
	await other.getByLabel("Mã đăng ký").focus(); // the square on the slip, by a scanner
	for (const spoiled of [square.replace('"root"', '"rôt"'), square.replace('"code":"', '"code":"ô'), square.replace('"scope":"', '"scope":"x'), // whole, but not that
		square.slice(1, -1), square.replaceAll('"', "”"), square.slice(0, 40)].map((x, i) => i === 3 ? `Ơ${x}Ư` : x)) {
		await other.keyboard.insertText(spoiled);
		await other.keyboard.press("Enter");
		await other.getByText("Hãy tắt bộ gõ tiếng Việt").waitFor();
		need("gone from its field, nothing else is asked for", [await other.getByLabel("Mã đăng ký").inputValue(), (await wrongs(other)).length], ["", 1]);
		await other.keyboard.type("x"); // another thing is typed: no more of it
		need("told until then", await other.getByText("Hãy tắt bộ gõ tiếng Việt").count(), 0);
		await other.keyboard.press("Backspace");
	}
	await other.keyboard.type(`${square}\n`);
	await other.getByLabel("Họ và tên").fill("Lò Văn Sơn");
	await other.getByLabel("Mã PIN", { exact: true }).fill(PIN);
	await other.getByLabel("Nhập lại mã PIN").fill(PIN);
	await other.getByRole("button", { name: "Đăng ký máy này" }).click();
	await other.getByText("Chưa có mạng", { exact: true }).waitFor();
	await other.getByRole("button", { name: "Vào làm việc" }).click();
	await other.locator("#sync").waitFor();
	need("her own seal is kept", (await alone.call("status")).saved >= 1, true);
	await other.context().close();
	await alone.stop();
	await centre.serve(["--port", new URL(centre.url).port], { passphrase: PASS });
});

await test("asked without a network, and the code was used meanwhile: the refusal is told, at the start and on the screen for another slip", async () => {
	const late = w.pc("late"), quick = w.pc("quick");
	const file = await w.slip(centre);
	const stop = () => centre.stop();
	const start = () => centre.serve(["--port", new URL(centre.url).port], { passphrase: PASS });
	await stop();
	await late.serve(["--offline"]);
	const other = await w.open(late, { clock: true });
	await other.getByRole("button", { name: /Tệp trên USB/ }).click();
	await other.locator("input[type=file]").setInputFiles(file);
	await typeClerk(other, "Giàng A Sùng");
	await other.getByRole("button", { name: "Đăng ký máy này" }).click();
	await other.getByText("Chưa có mạng", { exact: true }).waitFor();
	await start();
	need("another PC has the code", (await quick.call("enrol", [file, "--clerk", "Lý Thị Sa"], { secrets: { pin: PIN } })).state, "approved");
	await other.clock.runFor("00:11");
	const refused = await other.getByRole("alert").innerText();
	need("in words", /mã|phiếu/i.test(refused), true);
	await other.getByRole("button", { name: "Nhập phiếu đăng ký khác" }).waitFor();
	await stop();
	await other.getByRole("button", { name: "Vào làm việc" }).click();
	await other.locator("#sync").waitFor();
	await other.evaluate(() => { location.hash = "/enrol"; });
	await other.getByRole("button", { name: /Tệp trên USB/ }).click();
	await other.locator("input[type=file]").setInputFiles(file);
	await other.locator("main .badge", { hasText: "Chưa có mạng" }).waitFor();
	await start();
	await other.clock.runFor("00:11");
	need("the same", await other.locator("main").getByRole("alert").innerText(), refused);
	await other.getByRole("button", { name: /Tệp trên USB/ }).click();
	await other.locator("input[type=file]").setInputFiles(await w.slip(centre));
	await other.getByText(/Máy này đã được công nhận/).waitFor();
	await other.context().close();
	await late.stop();
});

await test("a wrong PIN is told, the right one opens; the screen locked shows nothing of the work", async () => {
	await page.getByRole("button", { name: "Khóa" }).click();
	await page.getByLabel(/^Mã PIN của/).waitFor();
	need("no work behind it", await page.locator("#sync, .menu").count(), 0);
	await unlock("111111");
	await page.getByRole("alert").waitFor();
	need("the focus is back", await focused(), `Mã PIN của ${CLERK}`);
	await unlock(PIN);
	await page.locator("#sync").waitFor();
});

await test("two clerks: one is unlocked at a time, each by her own PIN", async () => {
	await page.getByRole("button", { name: "Khóa" }).click();
	await page.getByRole("button", { name: "Thêm người dùng máy này" }).click();
	await page.getByLabel("Họ và tên").fill(SECOND);
	await page.getByLabel("Mã PIN", { exact: true }).fill(SECOND_PIN);
	await page.getByLabel("Nhập lại mã PIN").fill(SECOND_PIN);
	await page.getByRole("button", { name: "Thêm người dùng" }).click();
	await page.locator(".top-clerk").filter({ hasText: SECOND }).waitFor();
	const open = async () => (await pc.call("clerk list")).clerks.filter((c) => c.unlocked).map((c) => c.name);
	need("unlocked", await open(), [SECOND]);
	await page.getByRole("button", { name: "Khóa" }).click();
	await page.getByText("Ai đang làm việc?").waitFor();
	need("unlocked", await open(), []);
	await page.getByRole("button", { name: CLERK }).click();
	await unlock(SECOND_PIN);
	await page.getByRole("alert").waitFor();
	await unlock(PIN);
	await page.locator(".top-clerk").filter({ hasText: CLERK }).waitFor();
	need("unlocked", await open(), [CLERK]);
});

await test("a lost PIN: a new one, and the centre is told", async () => {
	await page.getByRole("button", { name: "Khóa" }).click();
	await page.getByRole("button", { name: SECOND }).click();
	await page.getByRole("button", { name: "Quên mã PIN" }).click();
	await page.getByLabel("Mã PIN", { exact: true }).fill("864209");
	await page.getByLabel("Nhập lại mã PIN").fill("864209");
	await page.getByRole("button", { name: "Lập mã mới" }).click();
	await page.locator(".top-clerk").filter({ hasText: SECOND }).waitFor();
	need("one key in use", (await pc.call("clerk list")).clerks.filter((c) => c.name === SECOND && !c.retired).length, 1);
});

await test("idling locks; work does not", async () => {
	const idle = await w.open(pc, { clock: true });
	let told = 0;
	idle.on("request", (r) => { told += r.url().endsWith("/api/unlock") ? 1 : 0; });
	await idle.locator("#sync").waitFor();
	const forgotten = await idle.context().newPage(); // another window of hers, in which she does nothing
	await forgotten.goto(pc.url);
	await forgotten.locator("#sync").waitFor();
	for (let i = 0; i < 4; i++) {
		await idle.clock.runFor("05:00");
		await idle.mouse.move(10 + i, 10);
	}
	need("the program is told that she is at work", told >= 3 && told <= 10, true);
	need("twenty minutes of work", (await pc.call("clerk list")).clerks.some((c) => c.unlocked), true);
	await idle.clock.runFor("15:30");
	await idle.getByText("Ai đang làm việc?").waitFor();
	need("all locked", (await pc.call("clerk list")).clerks.some((c) => c.unlocked), false);
	await idle.context().close();
	await page.getByText("Ai đang làm việc?").waitFor();
	await page.getByRole("button", { name: CLERK }).click();
	await unlock(PIN);
	await page.locator("#sync").waitFor();
});

await test("idling in the middle of a form: what was typed is kept, and after the PIN she is at the same field", async () => {
	const idle = await w.open(pc, { clock: true });
	await idle.locator("#sync").waitFor();
	await idle.evaluate(() => { location.hash = "/new/weekly_statement"; });
	await idle.locator("[data-field=contact_name]").focus();
	await idle.keyboard.type("Trần Đức Ân"); // and called away: the field is not left
	const there = await idle.evaluate(() => location.hash);
	await idle.clock.runFor("15:30");
	await idle.getByText("Ai đang làm việc?").waitFor();
	need("nothing of it is seen", await idle.locator("[data-field]").count(), 0);
	const draft = await pc.call("draft show", [there.split("/").pop()]);
	need("kept", [draft.fields.contact_name.text, draft.focus], ["Trần Đức Ân", "contact_name"]);
	await idle.getByRole("button", { name: CLERK }).press("Enter");
	await idle.getByLabel(/^Mã PIN của/).fill(PIN);
	await idle.keyboard.press("Enter");
	await idle.waitForFunction(() => document.activeElement.dataset.field === "contact_name");
	need("where she was, with what she had typed", [await idle.evaluate(() => location.hash), await idle.locator("[data-field=contact_name]").inputValue()],
		[there, "Trần Đức Ân"]);
	await pc.call("draft remove", [draft.id]);
	await idle.context().close();
	await page.locator("#sync").waitFor();
});

await test("the other language, and back; it is remembered", async () => {
	await page.getByRole("button", { name: "English" }).click();
	await page.getByRole("heading", { name: "To do" }).waitFor();
	need("the page says which", await page.locator("html").getAttribute("lang"), "en");
	await page.reload();
	await page.getByRole("heading", { name: "To do" }).waitFor();
	await page.getByRole("button", { name: "Tiếng Việt" }).click();
	await page.getByRole("heading", { name: "Việc cần làm" }).waitFor();
});

await test("what comes back is told to the desktop, once", async () => {
	await staff(centre);
	await page.context().grantPermissions(["notifications"]);
	await page.addInitScript(() => {
		globalThis.told = [];
		globalThis.Notification = class { static permission = "granted"; constructor(title, o) { globalThis.told.push([title, o.body]); } };
	});
	await page.reload();
	await page.locator("#sync").waitFor();
	const file = join(w.folder, "statement.json");
	writeFileSync(file, JSON.stringify(form("weekly_statement")));
	const made = (await pc.call("record", ["--file", file, "--clerk", CLERK])).records[0];
	const sent = (await pc.call("submit", [made.id, "--clerk", CLERK])).records[0].id;
	await pc.call("sync");
	await centre.call("review", [sent, "--return", "--reason", "Xe nào?", "--field", "car", "--comment", "Ghi rõ biển số", "--as", "verifier"], { secrets: { passphrase: PASS } });
	await page.getByRole("button", { name: "Gửi ngay" }).click();
	await page.getByRole("heading", { name: "Bị trả lại, cần sửa" }).waitFor();
	await page.waitForFunction(() => globalThis.told.length > 0);
	await page.getByRole("button", { name: "Gửi ngay" }).click();
	await page.locator(".syncline button:not([disabled])").waitFor();
	need("told", await page.evaluate(() => globalThis.told), [["Có phiếu bị trả lại", "Tự khai hằng tuần: Xe nào?"]]);
});

await test("what came back is corrected with the remarks in sight, each a touch from its field", async () => {
	await page.locator("section[aria-labelledby=returned] a").click();
	await page.getByRole("button", { name: "Sửa phiếu đã nộp" }).click();
	await page.getByText("Xe nào?").waitFor();
	await page.locator("p", { hasText: "Ghi rõ biển số" }).getByRole("button").click();
	need("in the field", await page.evaluate(() => document.activeElement.dataset.field), "car");
	await page.getByRole("link", { name: "Trang chính" }).first().click();
	await page.locator("section[aria-labelledby=returned]").getByText("Ghi rõ biển số").waitFor();
});

await test("kill -9: the page says that the program is gone, and a new link opens it where it was", async () => {
	await pc.kill(); // the page asks by itself and sees it
	await page.getByText("Chương trình trên máy này không trả lời.").first().waitFor();
	await pc.serve(["--offline", "--port", new URL(pc.url).port]);
	await page.reload();
	await page.getByRole("heading", { name: "Cần mở lại trang" }).waitFor();
	await page.goto(await pc.link());
	await page.getByText("Ai đang làm việc?").waitFor();
	await page.getByRole("button", { name: CLERK }).click();
	await unlock(PIN);
	await page.getByRole("heading", { name: "Bị trả lại, cần sửa" }).waitFor();
});

await test("the browser had nothing to complain of", () => need("problems", page.problems, []));

await w.end();
