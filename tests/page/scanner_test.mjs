// scanner: a room by scanner in a real browser: sixty tags typed as a scanner types them, each outcome with a word and
// a tune of its own, bursts that run together or went through Telex, the focus anywhere, a power cut, differences,
// committee, minutes, receipt, stick; in both languages; keyboard only.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { picture } from "./console_sample.mjs";
import { CLERK, need, PIN, test, world } from "./harness.mjs";

const ROOM = "Phòng Tài chính - Kế toán", HALL = "Hội trường tầng 3";
const TAGS = 60;
const pin = { secrets: { pin: PIN } };
const code = (n) => `0045101-${String(n).padStart(6, "0")}`;
const ASSET = { class: "may_moc_thiet_bi", unit_code: "0045101", uom: "cai", quantity: 1, use_year: 2024, value_basis: "so_ke_toan", condition: "kha",
	use_state: "dung_muc_dich", location: ROOM, cost_budget: 14990000 };
const SESSION = ["unit_name=UBND", "unit_code=0045101", "cut_off=01/01/2027 00:00", "counted_at=02/01/2027 08:00"];

const w = world("scanner");
const centre = await w.centre();
const pc = w.pc();
let page, session;

/** As a keyboard-wedge scanner does it: key by key without a pause, then Enter; not into a field, into the window. */
async function scan(text) {
	await page.keyboard.type(`${text}\n`);
}

/** Text that no keyboard has: what an input method put in its place. */
async function spoiled(text) {
	await page.keyboard.insertText(text);
	await page.keyboard.press("Enter");
}

const verdict = () => page.locator(".verdict");

async function outcome(want, word) {
	await page.locator(`.verdict[data-outcome=${want}]`).waitFor();
	if (word) need("the word", await verdict().locator(".verdict-word").innerText(), word);
}

/** The tunes played since the last time: numbers of Hz, in order. */
const tunes = () => page.evaluate(() => globalThis.tunes.splice(0));

async function unlock() {
	await page.getByLabel(/Mã PIN|PIN/).fill(PIN);
	await page.keyboard.press("Enter");
	await page.locator("#sync").waitFor();
}

/** Note what is played instead of playing it. */
function listen() {
	globalThis.tunes = [];
	globalThis.AudioContext = class {
		currentTime = 0;
		destination = {};
		createOscillator() { return { frequency: { set value(hz) { globalThis.tunes.push(hz); } }, connect: (x) => x, start() {}, stop() {} }; }
		createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (x) => x }; }
	};
}

async function open(lang) {
	page = await w.open(pc, { lang });
	await page.addInitScript(listen);
	await page.reload();
	if (await page.getByLabel(/Mã PIN|PIN of/).count() === 0) await page.locator("h1").waitFor();
	if (await page.locator("#sync").count() === 0) await unlock();
}

async function go(address) {
	await page.evaluate((a) => { location.hash = ""; location.hash = a; }, address);
}

const room = (r) => `/scan/${session}?${new URLSearchParams({ room: r })}`;

await test("a register: sixty machines of a room, and what is worth tripping over", async () => {
	await w.enrol(centre, pc, CLERK);
	const some = [];
	for (let n = 1; n <= TAGS; n++) some.push({ ...ASSET, name: `Máy vi tính ${n}`, asset_code: code(n) });
	some.push({ ...ASSET, name: "Máy chiếu", asset_code: code(101), location: HALL }, { ...ASSET, name: "Ghế", asset_code: code(102), quantity: 30 },
		{ ...ASSET, name: "Tủ sắt", serial: "DD12AAW" });
	const file = join(w.folder, "assets.ndjson");
	(await import("node:fs")).writeFileSync(file, some.map((x) => JSON.stringify({ fields: x })).join("\n"));
	need("kept", (await pc.call("record", ["asset", "--file", file], pin)).saved, true);
	await pc.serve(["--offline"]);
	await open("vi");
});

await test("begun in the page, by keyboard alone", async () => {
	await go("/stocktake");
	await page.getByRole("button", { name: "Bắt đầu một đợt kiểm kê" }).focus();
	await page.keyboard.press("Enter");
	await page.getByLabel("Tên đơn vị").focus();
	for (const text of ["UBND xã Mường Hum", "45101", null, null, ROOM, "Hoàng Văn Thụ", "Đỗ Thị Ngọc Ánh"]) {
		if (text !== null) {
			await page.keyboard.press("Control+A");
			await page.keyboard.insertText(text);
		}
		await page.keyboard.press("Tab");
	}
	await page.keyboard.press("Enter");
	await page.locator(".wrong").first().waitFor(); // a unit code has seven digits: the program's words
	await w.shot(page, "begin");
	await page.getByLabel("Mã đơn vị quan hệ ngân sách").fill("0045101");
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "Các phòng" }).waitFor();
	session = (await page.evaluate(() => location.hash)).split("/")[2];
	await page.getByRole("button", { name: "Quét phòng này" }).focus();
	await page.keyboard.press("Enter");
	await page.locator("#scanner:focus").waitFor();
});

await test("sixty tags at the speed of a scanner, none lost, each with its tune", async () => {
	for (let n = 1; n < TAGS; n++) await scan(code(n));
	await page.locator(".verdict-name", { hasText: `Máy vi tính ${TAGS - 1}` }).waitFor();
	await page.locator(".figure-good dd", { hasText: String(TAGS - 1) }).waitFor();
	const got = await pc.call("stocktake", [session, "--only", "counted"]);
	need("counted", got.lines.length, TAGS - 1);
	const heard = await tunes();
	need("found, and nothing else, to be heard", [...new Set(heard)], [880]);
	await w.shot(page, "found");
});

await test("each outcome: a word, a colour and a tune of its own", async () => {
	const hz = new Set();
	for (const [text, what, word] of [[code(60), "found", "Đúng vị trí"], [code(1), "repeated", "Đã quét rồi"], [code(101), "wrong_room", "Sai vị trí"],
		["9999999-000001", "unknown", "Không có trong sổ"], [code(102), "quantity", "Cần đếm số lượng"]]) {
		await tunes();
		await scan(text);
		await outcome(what, word);
		hz.add(JSON.stringify(await tunes()));
		await w.shot(page, what);
	}
	need("five different tunes", hz.size, 5);
});

await test("by camera, where the browser reads codes; where it does not, nothing of it is seen", async () => {
	const button = page.getByRole("button", { name: "Quét bằng máy ảnh" });
	await page.evaluate(() => { delete globalThis.BarcodeDetector; });
	await go(room(ROOM));
	await page.locator("#scanner:focus").waitFor();
	need("absent", await button.count(), 0);
	await page.evaluate(() => {
		globalThis.insight = [];
		globalThis.BarcodeDetector = class { async detect(video) { return video.videoWidth > 0 ? globalThis.insight.map((rawValue) => ({ rawValue })) : []; } };
	});
	await go(room(ROOM));
	await button.click();
	await page.waitForFunction(() => document.querySelector("video")?.videoWidth > 0); // a picture: the policy lets it through
	const said = () => page.locator(".rows li", { hasText: "Đã quét rồi" }).count();
	const before = await said();
	await page.evaluate((c) => { globalThis.insight = [c]; }, code(60));
	await outcome("repeated", "Đã quét rồi");
	await page.evaluate((c) => { globalThis.insight = [c, "8888888-000001"]; }, code(60));
	await outcome("unknown");
	need("a code that stays in sight is read once", await said(), before + 1);
	await w.shot(page, "camera");
	const track = await page.evaluateHandle(() => document.querySelector("video").srcObject.getTracks()[0]);
	await page.getByRole("button", { name: "Tắt máy ảnh" }).click();
	await page.locator("video").waitFor({ state: "detached" });
	need("the camera is off", await track.evaluate((x) => x.readyState), "ended");
	need("nothing the browser complains of", page.problems, []);
});

await test("run together, by Telex, with the focus on a button, in the middle of nothing", async () => {
	const s = (await pc.call("record", ["inventory", ...SESSION], pin)).records[0].id;
	const old = session;
	session = s;
	await go(room(ROOM));
	await page.locator("#scanner:focus").waitFor();
	await scan(code(1) + code(2));
	await page.locator(".rows li", { hasText: "Máy vi tính 1" }).last().waitFor();
	await page.locator(".verdict-name", { hasText: "Máy vi tính 2" }).waitFor();
	await spoiled("Đ12Ă");
	await page.locator(".verdict-name", { hasText: "Tủ sắt" }).waitFor();
	await page.getByRole("button", { name: /tiếng báo/ }).focus();
	await scan(code(3));
	await page.locator(".verdict-name", { hasText: "Máy vi tính 3" }).waitFor();
	await page.evaluate(() => document.activeElement.blur());
	await scan(code(4));
	await page.locator(".verdict-name", { hasText: "Máy vi tính 4" }).waitFor();
	need("counted", (await pc.call("stocktake", [session, "--only", "counted"])).lines.length, 5);
	session = old;
});

await test("what waits while nothing is answered outlives a lock, and a line too long for a code holds up nothing", async () => {
	const old = session;
	session = (await pc.call("record", ["inventory", ...SESSION], pin)).records[0].id;
	await go(room(ROOM));
	await page.locator("#scanner:focus").waitFor();
	await page.route("**/api/scan", (r) => r.abort());
	await scan(code(6));
	await page.locator("main .notice-bad").waitFor();
	await spoiled("7".repeat(1100));
	await scan(code(7));
	await page.getByRole("button", { name: "Khóa" }).click();
	await page.getByLabel(/Mã PIN/).waitFor();
	need("nothing yet", (await pc.call("stocktake", [session, "--only", "counted"])).lines.length, 0);
	await page.unroute("**/api/scan");
	await unlock();
	await page.locator(".verdict-name", { hasText: "Máy vi tính 7" }).waitFor();
	need("each once, the last one first", await page.locator("section[aria-labelledby=done] li .badge").allInnerTexts(), ["Đúng vị trí", "Không phải mã", "Đúng vị trí"]);
	need("counted", (await pc.call("stocktake", [session, "--only", "counted"])).lines.length, 2);
	session = old;
});

/** Both PCs have what either of them wrote, and the page has asked anew. */
async function meet(other) {
	for (const x of [pc, other, pc]) await x.call("sync");
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
}

/** This PC has what the other one wrote, and the page has not asked yet. */
async function unasked(other) {
	for (const x of [other, pc]) await x.call("sync");
}

await test("two PCs hold one stocktake: what the other one wrote is not wiped, written over or decided unseen", async () => {
	const other = w.pc("other"), s = (await pc.call("record", ["inventory", ...SESSION], pin)).records[0].id;
	const member = (await pc.call("record", ["committee_member", "no=1", "name=Trần Đức Ân", "position=Công chức", "role=uy_vien", "--parent", s], pin)).records[0].id;
	const edit = (who, kind, id, pair) => who.call("record", [kind, id, pair, "--reason", "Họp ban"], pin);
	const stands = async (id, name) => (await pc.call("show", [id])).fields[name].text;
	const both = async (id, name) => (await pc.call("show", [id])).fields[name].siblings.map((v) => v.text).sort();
	let written = 0;
	page.on("request", (r) => { written += r.url().endsWith("/api/record") ? 1 : 0; });
	await w.enrol(centre, other, "Lò Thị Bé");
	await meet(other);
	await go(`/minutes/${s}`);
	const box = page.getByLabel("Ý kiến giải quyết số chênh lệch");
	await box.waitFor();
	await edit(other, "inventory", s, "resolution=Giao kế toán xác minh.");
	await meet(other);
	await page.waitForFunction(() => document.querySelector("#opinion").value === "Giao kế toán xác minh.");
	await box.focus();
	await box.blur();
	await box.fill("Xử lý nội bộ.");
	await edit(other, "inventory", s, "resolution=Chuyển công an xã.");
	await meet(other);
	await page.getByText("Chuyển công an xã.").waitFor();
	await box.blur();
	need("nothing written unasked", [written, await stands(s, "resolution")], [0, "Chuyển công an xã."]);
	await w.shot(page, "opinion");
	await page.getByRole("button", { name: "Ghi ý kiến trong ô" }).click();
	await page.getByText("Chuyển công an xã.").waitFor({ state: "detached" });
	need("hers, once she has seen the other", await stands(s, "resolution"), "Xử lý nội bộ.");
	await meet(other);
	await box.fill("Ghi giảm.");
	await edit(other, "inventory", s, "resolution=Điều chuyển.");
	await unasked(other);
	await box.blur();
	await page.getByRole("link", { name: "Hai người ghi khác nhau" }).waitFor();
	need("what she had not seen stands beside hers", await both(s, "resolution"), ["Ghi giảm.", "Điều chuyển."]);
	await pc.call("resolve", [s, "resolution=Xử lý nội bộ.", "--reason", "Họp ban"], pin);
	await go(`/committee/${s}`);
	await page.getByRole("button", { name: "Sửa" }).click();
	await edit(other, "committee_member", member, "position=Phó Chủ tịch");
	await unasked(other);
	await page.getByLabel("Vai trò").selectOption({ label: "Trưởng ban" });
	await page.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await page.locator(".rows li", { hasText: "Trưởng ban" }).waitFor();
	need("the newer one stays", [await stands(member, "position"), await stands(member, "role")], ["Phó Chủ tịch", "Trưởng ban"]);
	await meet(other);
	await page.getByRole("button", { name: "Sửa" }).click();
	await edit(other, "committee_member", member, "represents=Mặt trận Tổ quốc");
	await unasked(other);
	await page.getByLabel("Đại diện cho").fill("Hội đồng nhân dân");
	await page.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await page.locator(".rows li", { hasText: "Hai người ghi khác nhau" }).waitFor();
	need("nor is this written over", await both(member, "represents"), ["Hội đồng nhân dân", "Mặt trận Tổ quốc"]);
	await pc.call("resolve", [member, "represents=Mặt trận Tổ quốc", "--reason", "Họp ban"], pin);
	await meet(other);
	await edit(pc, "committee_member", member, "position=Công chức địa chính");
	await edit(other, "committee_member", member, "position=Công chức tư pháp");
	await meet(other);
	await page.locator(".rows li", { hasText: "Hai người ghi khác nhau" }).waitFor();
	await page.getByRole("button", { name: "Sửa" }).click();
	await page.getByLabel("Vai trò").selectOption({ label: "Thư ký" });
	await page.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await page.locator(".rows li", { hasText: "Thư ký" }).waitFor();
	need("still to be decided", (await pc.call("show", [member])).conflicts, 1);
	await w.shot(page, "committee-two");
	await page.locator(".rows li").getByRole("link", { name: "Hai người ghi khác nhau" }).click();
	await page.locator(".sides", { hasText: "Công chức tư pháp" }).waitFor();
});

await test("a power cut: what was shown as recorded is there", async () => {
	const before = (await pc.call("stocktake", [session, "--only", "counted"])).lines.length;
	await pc.kill();
	await pc.serve(["--offline"]);
	need("counted", (await pc.call("stocktake", [session, "--only", "counted"])).lines.length, before);
	await page.context().close();
	await open("vi");
});

await test("by hand: broken, without a number: it is asked for at its own field; what nobody could get at is said as that", async () => {
	const s = (await pc.call("record", ["inventory", "unit_name=UBND", "unit_code=0045101", "cut_off=01/01/2027 00:00", "counted_at=02/01/2027 09:00"], pin)).records[0].id;
	await go(`/scan/${s}?${new URLSearchParams({ room: ROOM })}`);
	await page.locator("#scanner:focus").waitFor();
	const dialog = page.getByRole("dialog");
	const byHand = (name) => page.locator(".rows li", { hasText: name }).getByRole("button", { name: "Ghi bằng tay" }).click();
	const save = () => dialog.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await byHand("Tủ sắt");
	await dialog.getByLabel("Tình trạng", { exact: true }).selectOption({ label: "Hỏng" });
	await dialog.locator("input[type=file]").setInputFiles({ name: "tu.png", mimeType: "image/png", buffer: picture(7) });
	await save();
	await dialog.locator("[aria-invalid]").first().waitFor();
	need("what is asked for", await dialog.locator("[aria-invalid]").evaluateAll((all) => all.map((x) => x.labels[0].innerText)), ["Số lượng kiểm kê"]);
	await dialog.getByLabel("Số lượng kiểm kê").fill("1");
	await save();
	await dialog.waitFor({ state: "detached" });
	await byHand("Ghế");
	await dialog.getByLabel("Tình trạng kiểm đếm").selectOption({ label: "Không tiếp cận được" });
	await save();
	await dialog.waitFor({ state: "detached" });
	const got = await pc.call("stocktake", [s]);
	const row = (name) => got.lines.find((x) => x.name === name);
	need("as counted", [row("Tủ sắt").status, row("Tủ sắt").condition, row("Ghế").status], ["da_kiem", "hong", "khong_tiep_can"]);
	need("as the minutes count it", got.counts.unreached, 1);
	need("with its photo", (await pc.call("list", ["--kind", "photo", "--parent", row("Tủ sắt").line])).total, 1);
});

await test("a number, a cause, a photo, a thing in no book", async () => {
	await go(room(ROOM));
	await page.locator("#scanner:focus").waitFor();
	await scan(code(102));
	await outcome("quantity");
	await page.getByRole("button", { name: "Nhập số lượng" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Số lượng kiểm kê").fill("29");
	await dialog.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await dialog.locator(".wrong").first().waitFor(); // a cause is asked for, by the form
	await dialog.getByLabel("Nguyên nhân chênh lệch").selectOption({ label: "Bị mất" });
	const big = await page.evaluate(async () => {
		const c = document.createElement("canvas");
		c.width = 3200; c.height = 200;
		c.getContext("2d").fillRect(0, 0, 3200, 100);
		return [...new Uint8Array(await (await new Promise((done) => c.toBlob(done, "image/png"))).arrayBuffer())];
	});
	await dialog.locator("input[type=file]").setInputFiles({ name: "ghe.png", mimeType: "image/png", buffer: Buffer.from(big) });
	await dialog.getByText("ghe.png").waitFor();
	await w.shot(page, "line");
	await dialog.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await dialog.waitFor({ state: "detached" });
	await page.locator("#scanner:focus").waitFor();
	const line = (await pc.call("stocktake", [session, "--only", "different"])).lines.find((x) => x.name === "Ghế");
	need("as counted", [line.diff.qty, line.cause], [-1, "mat"]);
	const photos = await pc.call("list", ["--kind", "photo", "--parent", line.line]);
	need("with its photo", photos.total, 1);
	const image = (await pc.call("show", [photos.items[0].id])).fields.image.value;
	need("made smaller", [image.type, await page.evaluate(async (sha) => (await createImageBitmap(await (await fetch(`/file/${sha}`)).blob())).width, image.sha256)],
		["image/jpeg", 1600]);
	await scan("7777777-000001");
	await outcome("unknown");
	await verdict().getByRole("button", { name: "Ghi tài sản ngoài sổ" }).click();
	await dialog.getByLabel("Tên tài sản").fill("Máy hủy tài liệu");
	await dialog.getByLabel("Loại tài sản").selectOption({ label: "Công cụ, dụng cụ (dưới 10 triệu đồng)" });
	await dialog.getByLabel("Đơn vị tính").selectOption({ label: "Cái" });
	await dialog.getByLabel("Năm đưa vào sử dụng").fill("2020");
	await dialog.getByLabel("Tình trạng").selectOption({ label: "Tốt" });
	await dialog.getByLabel("Hiện trạng sử dụng").selectOption({ label: "Còn sử dụng được, đúng mục đích" });
	await dialog.getByRole("button", { name: "Ghi và niêm phong" }).click();
	await dialog.waitFor({ state: "detached" });
	await go(`/differences/${session}`);
	await page.locator(".rows li").nth(2).waitFor();
	need("three differences", await page.locator(".rows li").count(), 3);
	await w.shot(page, "differences");
});

await test("committee, opinion, finished, minutes and receipt", async () => {
	await go(`/committee/${session}`);
	for (const [n, name] of ["Trần Đức Ân", "Lò Thị Bé"].entries()) {
		await page.getByLabel("Họ và tên").fill(name);
		await page.getByLabel("Chức vụ").fill("Công chức");
		await page.getByRole("button", { name: "Ghi và niêm phong" }).click();
		await page.locator(".rows li").nth(n).waitFor();
	}
	await w.shot(page, "committee");
	await go(`/minutes/${session}`);
	await page.getByLabel("Ý kiến giải quyết số chênh lệch").fill("Ghi tăng máy hủy tài liệu.");
	await page.getByRole("button", { name: "Chốt đợt kiểm kê" }).click();
	await w.shot(page, "finish");
	await page.getByRole("button", { name: "Chốt và niêm phong" }).click();
	await page.getByText("Đợt kiểm kê đã chốt và niêm phong.").waitFor();
	const href = await page.getByRole("button", { name: "Xem và in biên bản" }).getAttribute("href");
	const res = await page.request.get(new URL(href, pc.url).href);
	need("the minutes", [res.status(), res.headers()["content-type"], res.headers()["content-disposition"], (await res.body()).subarray(0, 5).toString()],
		[200, "application/pdf", "inline; filename=\"bien-ban-kiem-ke.pdf\"", "%PDF-"]);
	need("not for strangers", (await fetch(new URL(href, pc.url))).status, 401);
	need("nothing but papers", (await page.request.get(`${pc.url}/paper/status`)).status(), 404);
	need("nothing that writes", (await page.request.get(`${pc.url}/paper/scan`)).status(), 403);
	await page.getByRole("button", { name: "Gửi ngay" }).click();
	await page.locator(".syncline", { hasText: "Đã gửi đủ" }).waitFor();
	await go(`/receipt/${session}`);
	await page.getByRole("button", { name: "Kiểm tra biên nhận" }).click();
	await page.getByText("Biên nhận hợp lệ").waitFor();
	await w.shot(page, "receipt");
	const sheet = await page.request.get(new URL(await page.getByRole("button", { name: "In biên nhận" }).getAttribute("href"), pc.url).href);
	need("the sheet", [sheet.status(), sheet.headers()["content-type"]], [200, "application/pdf"]);
});

await test("by stick: out and back", async () => {
	await go("/usb");
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Lưu tệp gửi đi" }).click()]);
	await page.locator(".notice-good", { hasText: file.suggestedFilename() }).waitFor(); // and where it is
	const path = join(w.folder, "gui.kkb");
	await file.saveAs(path);
	const answer = join(w.folder, "tra-loi.kkb");
	const got = await centre.call("import", [path]);
	await centre.call("export", ["--usb", answer, "--to", got.device]);
	await page.locator("#stick").setInputFiles(answer);
	await page.getByText(/Đã nhận tệp của/).waitFor();
	await w.shot(page, "usb");
	await page.locator("#stick").setInputFiles({ name: "la.kkb", mimeType: "application/octet-stream", buffer: readFileSync(join(w.folder, "assets.ndjson")) });
	await page.getByRole("alert").waitFor(); // no sealed file: told so, nothing taken
});

await test("in English, and narrow", async () => {
	await page.context().close();
	await open("en");
	await page.setViewportSize({ width: 390, height: 844 });
	await go("/stocktake");
	await page.getByRole("button", { name: "Look at it" }).waitFor();
	await go(`/minutes/${session}`);
	await page.getByRole("button", { name: "See and print the minutes" }).waitFor();
	await w.shot(page, "minutes-en");
	need("nothing the browser complains of", page.problems, []);
});

await w.end();
