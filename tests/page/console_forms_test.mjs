// console_forms: forms and schedules in the centre's console: a workbook that is refused by cells, one that becomes a draft, what a clerk
// will see in both languages, versions and what changed, who may do what; a schedule published, told to ask twice, ended; access tokens.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { addStaff, openConsole, signedIn, STAFF_PASS } from "./console.mjs";
import { publishDraft } from "./console_sample.mjs";
import { need, PASS, test, world } from "./harness.mjs";
import { axe, Looks, SIZES, texts } from "./look.mjs";

const looks = new Looks({ commands: true });
const w = world("console_forms");
const centre = await w.centre();
await addStaff(centre);
const book = join(w.folder, "cho.xlsx");
execFileSync("python3", ["-B", "tests/scenario/form_book.py", book]);
let page;

/** Both widths: what must hold of every screen. */
async function look(name, lang = "vi") {
	await page.evaluate(axe);
	for (const [width, height] of SIZES) {
		await page.setViewportSize({ width, height });
		await looks.look(w, page, `${name}-${width}`, lang);
	}
	await page.setViewportSize({ width: SIZES[0][0], height: SIZES[0][1] });
}

const goto = async (hash, heading) => {
	await page.evaluate((h) => { location.hash = h; }, hash);
	await page.getByRole("heading", { level: 1, name: heading }).waitFor();
};

await test("a refusal at the door is read in the language that is chosen then", async () => {
	page = await openConsole(w, centre);
	await page.getByLabel("Tài khoản").fill("kiem-toan");
	await page.getByLabel("Mật khẩu").fill("sai rồi");
	await page.getByRole("button", { name: "Đăng nhập" }).click();
	await page.getByRole("alert").waitFor();
	need("in Vietnamese", await page.getByRole("alert").innerText(), texts.vi["signin.wrong"]);
	await page.getByRole("button", { name: "English" }).click();
	await page.getByRole("heading", { name: "Sign in" }).waitFor();
	need("in English", await page.getByRole("alert").innerText(), texts.en["signin.wrong"]);
	await page.context().close();
});

await test("before there is a catalogue the board is no failure, it says what comes first", async () => {
	page = await signedIn(w, centre, "bao-cao");
	for (const [hash, heading] of [["/board", "Bảng thứ Tư"], ["/board/list", "Danh sách xã"]]) {
		await goto(hash, heading);
		await page.locator(".empty").getByText("kiemke-collector catalogue import").waitFor();
		need("no failure", await page.getByRole("alert").count(), 0);
		need("the menu keeps its place", await page.locator("nav.menu a[aria-current]").allInnerTexts(), ["Bảng thứ Tư"]);
	}
	await page.context().close();
});

await test("a workbook is refused by its cells, and nothing is kept; mended, it is a draft", async () => {
	page = await signedIn(w, centre, "bao-cao");
	await goto("/forms", "Biểu mẫu");
	await page.getByRole("heading", { name: "Biểu mẫu tự lập" }).waitFor();
	const bad = join(w.folder, "sai.xlsx");
	execFileSync("python3", ["-B", "-c", `
import sys; sys.path.insert(0, "tests/scenario")
import form_book as b
s = b.sample(); s["survey"][6][0] = "audio"; s["survey"][9][7] = "\${nobody} = 1"; b.write(sys.argv[1], s)`, bad]);
	await page.locator("#bring-file").setInputFiles(bad);
	await page.getByText("Chưa lưu: số ô phải sửa: 2").waitFor();
	need("by cells", await page.locator("td .nowrap").allInnerTexts(), ["survey!A7", "survey!H10", "settings!D2", "survey!A4", "survey!A24"]);
	await look("refused");
	need("nothing is kept", await page.getByText("Chưa có biểu mẫu tự lập nào.").count(), 1);
	await page.locator("#bring-file").setInputFiles(book);
	await page.getByText("Đã lưu bản nháp.").waitFor();
	await page.getByText("Bản nháp phiên bản 1").waitFor();
	await look("forms");
});

await test("the preview is what a clerk will see, in both languages; publishing is told as a command, never done here", async () => {
	await page.getByRole("link", { name: "Xem như cán bộ xã sẽ thấy" }).click();
	await page.getByRole("heading", { name: "Phiên bản 1 như cán bộ xã thấy" }).waitFor();
	const command = (await page.getByLabel("Lệnh chạy tại máy thu").inputValue()).split(" ");
	need("the command", command.slice(0, 6), ["kiemke-collector", "form", "publish", "--draft", "market_survey", "--sha256"]);
	need("its questions", (await page.locator(".field label").allInnerTexts()).slice(3, 8), ["Tên chợ *", "Tọa độ", "Giờ mở cửa", "Có mái che *", "Diện tích mái *"]);
	need("its lines", await page.getByRole("heading", { name: "Các dòng: Quầy hàng" }).count(), 1);
	await look("draft");
	await page.getByRole("button", { name: "Xem bằng tiếng Anh" }).click();
	await page.getByLabel("Name of the market *").waitFor();
	await page.getByLabel("Has a roof *").waitFor();
	const root = { secrets: { passphrase: PASS } };
	need("without a word of what was seen", (await centre.call("form publish", command.slice(3, 5), { ...root, expect: 64 })).key, "form.unseen");
	await page.evaluate(async (path) => { location.hash = path; }, "/forms");
	execFileSync("python3", ["-B", "-c", `
import sys; sys.path.insert(0, "tests/scenario")
import form_book as b
s = b.sample(); s["survey"][5][2] = "Chợ khác"; b.write(sys.argv[1], s)`, join(w.folder, "khac.xlsx")]);
	await page.locator("#bring-file").setInputFiles(join(w.folder, "khac.xlsx"));
	await page.getByText("Đã lưu bản nháp.").waitFor();
	need("another draft is there since", (await centre.call("form publish", command.slice(3), { ...root, expect: 65 })).key, "form.changed");
	await page.locator("#bring-file").setInputFiles(book);
	await page.getByText("Đã lưu bản nháp.").waitFor();
	await goto("/form/market_survey", "Khảo sát chợ");
	const e = await centre.call("form publish", command.slice(3), root);
	need("published by whoever has the root", e.state, "published");
	await page.reload();
	await page.getByText("Đang dùng", { exact: true }).waitFor();
});

await test("the next version: what changed, field by field; a closed one is still there to be looked at", async () => {
	const next = join(w.folder, "cho2.xlsx");
	execFileSync("python3", ["-B", "-c", `
import sys; sys.path.insert(0, "tests/scenario")
import form_book as b
s = b.sample(); s["survey"][5][2] = "Tên gọi của chợ"; s["survey"].append(b.q("date", "since", "Họp từ ngày", "Held since")); b.write(sys.argv[1], s)`, next]);
	await goto("/forms", "Biểu mẫu");
	await page.locator("#bring-file").setInputFiles(next);
	await page.getByText("Bản nháp phiên bản 2").waitFor();
	await goto("/form/market_survey", "Khảo sát chợ");
	await page.getByRole("heading", { name: "Khác nhau giữa phiên bản 1 và phiên bản 2" }).waitFor();
	await page.locator("tbody tr").first().waitFor();
	need("changes", await page.locator("tbody tr").evaluateAll((all) => all.map((r) => [...r.cells].map((c) => c.innerText).join("|"))),
		["Tên gọi của chợ|tên|Tên chợ|Tên gọi của chợ", "Họp từ ngày|thêm mới||"]);
	await look("changes");
	await publishDraft(centre, "market_survey");
	await centre.call("form close", ["market_survey", "1"], { secrets: { passphrase: PASS } });
	await page.reload();
	await page.getByText("Đã đóng").waitFor();
	await page.getByRole("button", { name: "Xem phiên bản 1" }).click();
	await page.getByLabel("Tên chợ *").waitFor();
	need("which one is shown", await page.getByRole("button", { pressed: true }).allInnerTexts(), ["Đang xem phiên bản 1"]);
});

await test("a draft is thrown away only when asked again", async () => {
	const third = join(w.folder, "cho3.xlsx");
	execFileSync("python3", ["-B", "-c", `
import sys; sys.path.insert(0, "tests/scenario")
import form_book as b
s = b.sample(); s["survey"][5][2] = "Tên gọi của chợ"; s["survey"].append(b.q("text", "note", "Ghi chú", "Note")); b.write(sys.argv[1], s)`, third]);
	await goto("/forms", "Biểu mẫu");
	await page.locator("#bring-file").setInputFiles(third);
	await page.getByText("Bản nháp phiên bản 3").waitFor();
	await goto("/form/market_survey", "Khảo sát chợ");
	const drop = (place) => place.getByRole("button", { name: "Bỏ bản nháp" }).click();
	await drop(page);
	await page.getByRole("dialog").getByRole("button", { name: "Thôi" }).click();
	await page.getByText("Bản nháp", { exact: true }).waitFor();
	await drop(page);
	await drop(page.getByRole("dialog"));
	await page.getByRole("button", { name: "Đang xem phiên bản 2" }).waitFor();
	need("it is gone", await page.getByText("Bản nháp", { exact: true }).count(), 0);
});

await test("a schedule is published and signed; one that asks the same is refused until it is meant; one ends", async () => {
	await goto("/schedules", "Lịch báo cáo");
	await page.getByText("Chưa có lịch nào. Hãy lập lịch ở khung dưới đây.").waitFor();
	const dues = (names) => page.waitForFunction((want) => [...document.querySelectorAll("form [name^=due_]")].map((e) => e.name).join() === want, names.join());
	await dues(["due_hour"]); // no period yet
	for (const [period, names] of [["hang_nam", ["due_day", "due_month", "due_hour"]], ["mot_lan", ["due_date", "due_hour"]], ["hang_tuan", ["due_weekday", "due_hour"]]]) {
		await page.getByLabel("Kỳ báo cáo *").selectOption(period);
		await dues(names); // what that period asks for alone
	}
	await page.getByLabel("Hạn nộp vào giờ *").fill("24");
	await page.getByRole("button", { name: "Ban hành lịch" }).click();
	await page.locator("form .wrong", { hasText: "23" }).waitFor();
	need("what is missing or wrong is marked, nothing asked for", [await page.locator("form .wrong").count(), await page.getByRole("dialog").count()], [4, 0]);
	const fill = async () => {
		await page.getByLabel("Loại phiếu phải nộp *").selectOption("weekly_statement");
		await page.getByLabel("Kỳ báo cáo *").selectOption("hang_tuan");
		await page.getByLabel("Hạn nộp vào thứ *").selectOption("3");
		await page.getByLabel("Hạn nộp vào giờ *").fill("12");
		await page.getByLabel("Đơn vị phải nộp *").fill("*");
		await page.getByRole("button", { name: "Ban hành lịch" }).click();
		await page.getByRole("dialog").waitFor();
		await page.locator("dialog input[type=password]").fill(STAFF_PASS);
		await page.locator("dialog button[type=submit]").click();
	};
	await fill();
	await page.getByText("Lịch đang có: 1").waitFor();
	await page.getByText("Hạn nộp: 12 giờ Thứ Tư hằng tuần").waitFor();
	await look("schedules");
	await fill();
	await page.locator("dialog .notice-bad").waitFor();
	need("the other is named", (await page.locator("dialog .notice-bad").innerText()).includes("đã yêu cầu việc này"), true);
	await page.getByRole("button", { name: "Thôi" }).click();
	await page.getByLabel("Vẫn ban hành dù trùng với một lịch khác").check();
	await page.getByRole("button", { name: "Ban hành lịch" }).click();
	await page.locator("dialog input[type=password]").fill(STAFF_PASS);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("Lịch đang có: 2").waitFor();
	need("told twice", await page.getByText("Trùng với lịch khác: 1").count(), 2);
	await page.getByRole("button", { name: "Kết thúc lịch" }).first().click();
	await page.locator("dialog input[name=reason]").fill("Hai lịch trùng nhau");
	await page.locator("dialog input[type=password]").fill(STAFF_PASS);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("Lịch đang có: 1").waitFor();
	need("nothing twice", await page.getByText("Trùng với lịch khác: 1").count(), 0);
	await look("ended");
});

await test("an auditor looks and can change nothing; in English too", async () => {
	await page.context().close();
	page = await signedIn(w, centre, "kiem-toan", { lang: "en" });
	await goto("/forms", "Forms");
	await page.getByRole("link", { name: "Market survey" }).waitFor();
	need("nothing to bring", await page.locator("#bring-file").count(), 0);
	await look("forms-en", "en");
	await goto("/form/market_survey", "Market survey");
	await page.getByLabel("Name of the market *").waitFor();
	await page.locator("tbody tr").first().waitFor();
	need("a change of the other language is told in it", (await page.locator("tbody tr").first().locator("td").allInnerTexts()).slice(2),
		["Vietnamese: Tên chợ", "Vietnamese: Tên gọi của chợ"]);
	await look("form-en", "en");
	await goto("/schedules", "Reporting schedules");
	await page.getByText("Schedules: 1").waitFor();
	need("nothing to sign", await page.getByRole("button", { name: /End the schedule|Publish the schedule/ }).count(), 0);
	await look("schedules-en", "en");
});

await test("an access token is made and shown once, reads, says when, and is taken back", async () => {
	await page.context().close();
	page = await signedIn(w, centre, "registrar");
	await goto("/tokens", "Mã truy cập dữ liệu");
	await page.getByText("Chưa lập mã truy cập nào.").waitFor();
	await look("tokens-none");
	await page.getByRole("button", { name: "Lập mã truy cập" }).click();
	need("both are needed", await page.locator("form .wrong").count(), 2);
	await page.getByLabel("Tên gọi").fill("Sổ của phòng Tài sản");
	await page.getByLabel("Xem theo quyền của tài khoản").selectOption("bao-cao");
	await page.getByRole("button", { name: "Lập mã truy cập" }).click();
	await page.locator("dialog input[type=password]").fill(PASS);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("Mã chỉ hiện một lần này").waitFor();
	const token = await page.getByLabel("Mã truy cập", { exact: true }).inputValue();
	const address = await page.getByLabel("Địa chỉ dữ liệu").inputValue();
	const read = async () => (await fetch(`${address}Submissions?$top=1`, { headers: { Authorization: `Bearer ${token}` } })).status;
	need("it reads", await read(), 200);
	await page.getByRole("button", { name: "Chép mã" }).click();
	await page.getByRole("status").filter({ hasText: /Đã chép|Đã chọn sẵn/ }).waitFor();
	need("marked", await page.evaluate(() => getSelection().toString() || document.activeElement.value), token);
	await look("token-made");
	await page.getByRole("button", { name: "Đã cất mã, về danh sách" }).click();
	await page.locator("td").filter({ hasText: "Sổ của phòng Tài sản" }).waitFor();
	need("told nowhere again", (await page.content()).includes(token), false);
	need("last used is told", await page.getByText("Chưa dùng", { exact: true }).count(), 0);
	await look("tokens");
	await page.getByRole("button", { name: "Thu hồi" }).click();
	await page.locator("dialog input[name=reason]").fill("Người dùng đã chuyển công tác");
	await page.locator("dialog input[type=password]").fill(PASS);
	await page.locator("dialog button[type=submit]").click();
	await page.getByText("đã thu hồi", { exact: true }).waitFor();
	need("it reads nothing now", await read(), 401);
});

await test("who works here cannot be read: the tokens are shown all the same, none can be made until it is asked again", async () => {
	await page.route("**/api/staff_list", (r) => r.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ detail: "Ổ đĩa báo lỗi." }) }));
	await page.reload();
	await page.getByText("Ổ đĩa báo lỗi.").waitFor();
	await page.getByText("đã thu hồi", { exact: true }).waitFor();
	need("nothing to make", await page.getByRole("button", { name: "Lập mã truy cập" }).count(), 0);
	await page.unroute("**/api/staff_list");
	await page.getByRole("button", { name: "Thử lại" }).click();
	await page.getByRole("button", { name: "Lập mã truy cập" }).waitFor();
	need("no more said", await page.getByText("Ổ đĩa báo lỗi.").count(), 0);
});

await test("where the form of tokens is not published the screen says by which command it is; who may not make one makes none", async () => {
	await page.route("**/api/token_list", (r) => r.fulfill({ status: 200, contentType: "application/json", body: JSON.stringify({ tokens: [], ready: false }) }));
	await page.reload();
	await page.getByText("Ở máy thu này chưa lập được mã truy cập").waitFor();
	need("its command", await page.getByLabel("Lệnh chạy tại máy thu").inputValue(), "kiemke-collector form publish --missing");
	need("nothing to make", await page.getByRole("button", { name: "Lập mã truy cập" }).count(), 0);
	await look("tokens-missing");
	const got = await centre.call("form publish", ["--missing"], { secrets: { passphrase: PASS } });
	need("here all are published", [got.forms, got.index], [[], -1]);
	await page.context().close();
	page = await signedIn(w, centre, "kiem-toan", { lang: "en" });
	await goto("/tokens", "Access tokens");
	await page.getByText("taken back", { exact: true }).waitFor();
	need("nothing to sign", await page.getByRole("button", { name: /Make the token|Take back/ }).count(), 0);
	await look("tokens-en", "en");
});

await test("nothing on any of these screens that must not be there", async () => looks.end());

await w.end();
