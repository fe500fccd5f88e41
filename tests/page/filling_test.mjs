// Filling in forms in a browser: with the keyboard alone, the program killed after each of 20 fields; typed numbers
// and dates, questions that come and go, lines, photos; review, sealing, the record's page, a correction; a
// change in a register; two people who wrote different things; in Vietnamese and in English.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLERK, need, PIN, SCOPE, test, world } from "./harness.mjs";
import { Novice } from "./klm.mjs";

const w = world("form");
const centre = await w.centre();
const pc = w.pc("pc"), other = w.pc("other");
await w.enrol(centre, pc);
await w.enrol(centre, other, "Lò Thị Bé");

const ASSET = ["name=Máy in A4", "class=may_moc_thiet_bi", "unit_code=0045101", "uom=cai", "quantity=2", "use_year=2024", "value_basis=so_ke_toan",
	"condition=tot", "use_state=dung_muc_dich", "cost_budget=8500000", "asset_code=0045101-000042"];
const secrets = { pin: PIN };
const asset = (await pc.call("record", ["asset", ...ASSET], { secrets })).records[0].id;
await pc.call("record", ["facility", `commune_code=${SCOPE}`, "name=Trạm y tế Mường Hum", "address=Thôn Séo Pa", "facility_type=tram_y_te", "land_cert=co",
	"surplus_status=khong"], { secrets });
await pc.call("sync");
await other.call("sync");
await pc.serve(["--offline"]);

let page = await w.open(pc);
await unlock();

async function unlock() {
	const pin = page.locator("input[type=password]");
	await Promise.race([pin.waitFor(), page.locator("nav.menu").waitFor()]);
	if (await pin.count() === 0) return;
	await pin.fill(PIN);
	await page.keyboard.press("Enter");
	await page.locator("nav.menu").waitFor();
}

/** As a power cut and coming back. */
async function cut(path) {
	await page.context().close();
	await pc.kill();
	await pc.serve(["--offline"]);
	page = await w.open(pc);
	await unlock();
	await at(path);
}

async function at(path) {
	await page.evaluate((p) => { location.hash = p; }, path);
	await page.waitForFunction((p) => decodeURI(location.hash) === `#${p}`, path);
}

const field = (name) => page.locator(`[data-field="${name}"]`);
const focused = () => page.evaluate(() => document.activeElement.dataset.field);
const saved = () => page.locator("#saved .badge-good").waitFor();
/** The screen says this, now or in a moment. */
async function has(what, part) {
	await page.waitForFunction((x) => document.querySelector("main").innerText.includes(x), part).catch(async () => {
		throw new Error(`${what}: “${part}” is not in\n${await page.locator("main").innerText()}`);
	});
}

/** Go on until the field has the focus; keys only. */
async function tabTo(name) {
	for (let i = 0; i < 60; i++) {
		if (await focused() === name) return;
		await page.keyboard.press("Tab");
	}
	throw new Error(`no way to ${name} by keys`);
}

// field, keys, what is shown afterwards (null: a choice, looked at by its label)
const FIELDS = [
	["checked_at", "20/11/2026 8:30", "20/11/2026 08:30"], ["checker_name", "Lò  Thị Bé", "Lò Thị Bé"], ["checker_title", "Công chức văn hóa", "Công chức văn hóa"],
	["unit_code", "0045101", "0045101"], ["building_condition", " ", "Tốt"], ["occupancy", " ", "Còn sử dụng được, đúng mục đích"], ["leak", " ", "có"],
	["encroached", " ", "có"], ["power", " ", "Ổn định"], ["water", " ", "Ổn định"], ["internet", " ", "Cáp quang"], ["down_mbps", "98,5", "98,5"], ["tslcd", " ", "Có"],
	["vc_room", " ", "Có"], ["counters", "2", "2"], ["staff", "12 người", "12 người"], ["seats", "12345", "12.345"], ["fire_safety", " ", "Đạt yêu cầu"],
	["archive_room", " ", "có"], ["repair_need", " ", "Không cần sửa chữa"],
];

async function shown(name) {
	const input = field(name);
	return await input.getAttribute("type") === "radio"
		? (await page.locator(`input[name="${await input.getAttribute("name")}"]:checked`).locator("xpath=..").innerText()).trim().toLowerCase()
		: input.inputValue();
}

let draft;

await test("20 fields by keyboard alone, a kill after each: the same field has the focus, all values are there", async () => {
	await at("/new");
	await page.getByRole("button", { name: /Phiếu kiểm tra cơ sở/ }).press("Enter");
	await field("facility_id").waitFor();
	draft = (await page.evaluate(() => location.hash)).slice("#/draft/".length);
	await tabTo("facility_id");
	await page.keyboard.type("tram y te muong");
	await page.locator("[role=option]", { hasText: "Trạm y tế Mường Hum" }).waitFor();
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await saved();
	for (const [n, [name, keys, want]] of FIELDS.entries()) {
		await tabTo(name);
		if (keys === " ") {
			await page.keyboard.press("Space");
		} else {
			await page.keyboard.press("Control+A");
			await page.keyboard.type(keys);
			await page.keyboard.press("Tab"); // it is left, and so kept
			await saved();
			await page.keyboard.press("Shift+Tab"); // a date has its picker between
			for (let i = 0; i < 3 && await focused() !== name; i++) await page.keyboard.press("Shift+Tab");
		}
		await saved();
		await page.waitForFunction(([id, f]) => fetch("/api/draft_show", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id }) })
			.then((r) => r.json()).then((d) => d.focus === f), [draft, name]);
		await cut(`/draft/${draft}`);
		await field(name).waitFor();
		await page.waitForFunction((f) => document.activeElement.dataset.field === f, name);
		for (const [done, , value] of FIELDS.slice(0, n + 1)) need(`${done} after ${name}`, (await shown(done)).toLowerCase(), value.toLowerCase());
		need(`${name} wants ${want}`, await focused(), name);
	}
	await w.shot(page, "draft-vi");
});

await test("what nobody can read says why, and is the thing to mend in the review", async () => {
	const wrong = page.locator(".field", { has: field("staff") }).locator(".wrong");
	need("told", await wrong.count(), 1);
	await page.getByRole("button", { name: "Xem lại" }).click();
	await page.locator("h1", { hasText: "Xem lại" }).waitFor();
	await has("missing", "Cần điền “Mức độ đáp ứng");
	need("not to be sealed", await page.getByRole("button", { name: "Niêm phong và nộp" }).isDisabled(), true);
	await w.shot(page, "review-wrong-vi");
	await page.locator(".notice-bad li").first().getByRole("link").click();
	await page.waitForFunction(() => document.activeElement.dataset.field === "staff");
	await page.keyboard.press("Control+A");
	await page.keyboard.type("12");
	await page.keyboard.press("Tab");
	await saved();
	need("no longer wrong", await wrong.count(), 0);
});

await test("a question comes with its ground and goes with it", async () => {
	need("not asked", await field("repair_cost").count(), 0);
	await page.locator("fieldset", { has: field("repair_need") }).getByText("Sửa chữa nhỏ").click();
	await field("repair_cost").waitFor();
	await field("repair_cost").fill("15000000");
	await field("repair_cost").blur();
	await page.waitForFunction(() => document.querySelector('[data-field="repair_cost"]').value === "15.000.000");
	await page.locator("fieldset", { has: field("repair_need") }).getByText("Không cần sửa chữa").click();
	await field("repair_cost").waitFor({ state: "detached" });
	await has("said so", "Đã xóa vì không còn cần");
	await page.locator("fieldset", { has: field("adequacy") }).locator("label").first().click();
	await saved();
});

await test("a photo is made smaller, shown, and can be taken away", async () => {
	const big = await page.evaluate(async () => {
		const c = document.createElement("canvas");
		c.width = 2400; c.height = 1800;
		const pen = c.getContext("2d");
		pen.fillStyle = "#8fb3d9"; pen.fillRect(0, 0, 2400, 900);
		pen.fillStyle = "#6b8f4e"; pen.fillRect(0, 900, 2400, 900);
		pen.fillStyle = "#e8d9b5"; pen.fillRect(700, 500, 1000, 700);
		const leaves = pen.createImageData(600, 600); // fine detail, as a camera sees it: no small file
		for (let at = 0; at < leaves.data.length; at += 65536) crypto.getRandomValues(leaves.data.subarray(at, at + 65536));
		for (let i = 3; i < leaves.data.length; i += 4) leaves.data[i] = 255;
		pen.putImageData(leaves, 1700, 100);
		const blob = await new Promise((done) => c.toBlob(done, "image/png"));
		return [...new Uint8Array(await blob.arrayBuffer())];
	});
	await page.locator("input[type=file]").setInputFiles({ name: "Cổng trạm.png", mimeType: "image/png", buffer: Buffer.from(big) });
	const img = page.locator(".photo img");
	await img.waitFor();
	await page.waitForFunction(() => document.querySelector(".photo img").naturalWidth > 0);
	need("smaller", await img.evaluate((x) => x.naturalWidth), 1600);
	await page.getByLabel("Chú thích ảnh").fill("Cổng chính");
	await page.getByLabel("Chú thích ảnh").blur();
	await page.locator("figcaption", { hasText: "Cổng chính" }).waitFor();
	await page.locator("input[type=file]").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
	await page.locator("section", { has: page.locator(".drop") }).locator(".notice-bad").waitFor();
	await w.shot(page, "draft-photo-vi");
});

let check;

await test("reviewed, sealed, on its own page: values, photo, history with a valid seal, verified on the spot", async () => {
	await page.getByRole("button", { name: "Xem lại" }).click();
	await page.getByRole("button", { name: "Niêm phong và nộp" }).waitFor();
	await w.shot(page, "review-vi");
	await page.getByRole("button", { name: "Niêm phong và nộp" }).click();
	await page.locator("h1", { hasText: "Hồ sơ" }).waitFor();
	check = (await page.evaluate(() => location.hash)).split("/").pop();
	await page.locator(".history").waitFor();
	await has("a value", "98,5 Mbps");
	await has("valid", "Niêm phong hợp lệ");
	await has("not sent yet", "Chưa có biên nhận");
	need("photo", await page.locator(".photo img").count(), 1);
	need("where the photo is", await page.locator(".photo .badge").innerText(), "Chờ gửi");
	await page.getByRole("button", { name: "Kiểm tra niêm phong" }).click();
	await page.locator(".receipt .notice-good").waitFor();
	await w.shot(page, "record-vi");
});

await test("with a receipt it says number and time", async () => {
	await page.context().close();
	await pc.stop();
	await pc.serve();
	page = await w.open(pc);
	await unlock();
	await page.getByRole("button", { name: "Gửi ngay" }).click();
	await page.waitForFunction(() => !document.querySelector(".syncline button").disabled);
	await at(`/record/facility_check/${check}`);
	await page.locator(".receipt .big").waitFor();
	const line = await page.locator(".receipt .big").innerText();
	if (!/đã nhận lúc .*số [\d.]+ trong sổ/.test(line)) throw new Error(line);
	await page.getByRole("button", { name: "Kiểm tra niêm phong" }).click();
	await page.locator(".receipt .notice-good", { hasText: "biên nhận đúng" }).waitFor();
	await page.locator(".photo .badge", { hasText: "Đã gửi, trung tâm đã nhận" }).waitFor();
	need("kept by the centre, whole", (await pc.call("show", [check])).lines[0].fields.image.file.state, "sent");
	await w.shot(page, "record-receipt-vi");
});

await test("a colleague's PC: the record is there, its photo not yet, then it is; each said in words", async () => {
	await other.call("network", ["--metered", "yes"]);
	await other.call("sync");
	need("its file is left for later", (await other.call("show", [check])).lines[0].fields.image.file.state, "missing");
	await other.call("network", ["--metered", "no"]);
	await other.serve(["--offline"]);
	const there = await w.open(other);
	await there.locator("input[type=password]").fill(PIN);
	await there.keyboard.press("Enter");
	await there.locator("nav.menu").waitFor();
	await there.evaluate((id) => { location.hash = `/record/facility_check/${id}`; }, check);
	await there.locator(".photo .badge", { hasText: "Chưa tải về máy này" }).waitFor();
	await there.getByRole("button", { name: "Gửi ngay" }).click();
	await there.locator(".photo .badge", { hasText: "Có trên máy này" }).waitFor();
	need("nothing the browser complains of", there.problems, []);
	await there.context().close();
	await other.stop();
});

await test("a correction shows what changes and takes the place of the first", async () => {
	await page.getByRole("button", { name: "Sửa phiếu đã nộp" }).click();
	await field("counters").waitFor();
	await field("counters").fill("3");
	await field("counters").blur();
	await page.locator(".old", { hasText: "Trước đây: 2" }).waitFor();
	await field("reason").fill("Đếm nhầm một quầy");
	await field("reason").blur();
	await saved();
	await page.getByRole("button", { name: "Xem lại" }).click();
	await page.getByRole("button", { name: "Niêm phong và nộp" }).waitFor();
	await has("old and new", "Những gì thay đổi");
	await w.shot(page, "review-correction-vi");
	await page.getByRole("button", { name: "Niêm phong và nộp" }).click();
	await page.locator("h1", { hasText: "Hồ sơ" }).waitFor();
	await page.waitForFunction((old) => !location.hash.endsWith(old), check);
	await at(`/record/facility_check/${check}`);
	await page.getByText("Phiếu này đã được thay bằng một phiếu sửa.").waitFor();
});

/** Go on with Tab until the focus is on what begins so. */
async function tabToText(text) {
	for (let i = 0; i < 60; i++) {
		if (await page.evaluate(([t]) => document.activeElement.innerText.trim().startsWith(t), [text])) return;
		await page.keyboard.press("Tab");
	}
	throw new Error(`no way to “${text}” by keys`);
}

async function press(text) {
	await tabToText(text);
	await page.keyboard.press("Enter");
}

await test("a whole check by keys alone, in English: lines, computed values, warnings that do not block, a photo, review, submit", async () => {
	await page.evaluate(() => localStorage.setItem("kk-lang", "en"));
	await page.reload();
	await unlock();
	await press("Fill in"); // in the menu
	await page.getByRole("button", { name: /Equipment check/ }).waitFor();
	await press("Equipment check");
	await field("staff_approved").waitFor();
	for (const [name, value] of [["staff_approved", "31"], ["staff_present", "30"]]) {
		await tabTo(name);
		await page.keyboard.type(value);
	}
	await press("Add equipment line");
	await field("equip_type").waitFor();
	await tabTo("equip_type");
	await page.keyboard.type("Printer");
	for (const [name, value] of [["qty_on_hand", "12"], ["qty_working", "11"], ["qty_broken", "1"], ["qty_needed", "12"]]) {
		await tabTo(name);
		await page.keyboard.type(value);
	}
	await page.keyboard.press("Tab");
	await page.locator(".computed", { hasText: "Norm (ceiling)" }).locator("output", { hasText: "11" }).waitFor();
	await page.locator(".warned", { hasText: "exceeds the norm" }).first().waitFor();
	await tabTo("quality");
	await page.keyboard.press("Space"); // the first of them
	await saved();
	need("chosen", await shown("quality"), "good enough");
	const picture = await page.evaluate(async () => {
		const c = document.createElement("canvas");
		c.width = 320; c.height = 240;
		c.getContext("2d").fillRect(40, 40, 200, 120);
		const blob = await new Promise((done) => c.toBlob(done, "image/png"));
		return [...new Uint8Array(await blob.arrayBuffer())];
	});
	for (let i = 0; i < 60 && !await page.evaluate(() => document.activeElement.type === "file"); i++) await page.keyboard.press("Tab");
	const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
	await chooser.setFiles({ name: "Máy in hỏng.png", mimeType: "image/png", buffer: Buffer.from(picture) });
	await page.locator(".photo img").waitFor();
	for (let i = 0; i < 60 && !await page.getByLabel("Caption").evaluate((x) => x === document.activeElement); i++) await page.keyboard.press("Shift+Tab");
	await page.keyboard.type("The broken printer");
	await page.keyboard.press("Tab");
	await page.locator("figcaption", { hasText: "The broken printer" }).waitFor();
	await w.shot(page, "line-en");
	await press("Done with this line");
	await page.locator(".rows .badge-good", { hasText: "Complete" }).waitFor();
	need("the photo stands with its line", [await page.locator(".rows li").innerText().then((x) => x.includes("Photos: 1")), await page.locator(".photo").count()], [true, 0]);
	await press("Review");
	await page.getByRole("button", { name: "Seal and submit" }).waitFor();
	await w.shot(page, "review-lines-en");
	need("warnings do not block", await page.getByRole("button", { name: "Seal and submit" }).isEnabled(), true);
	await press("Seal and submit");
	await page.locator("h1", { hasText: "Record" }).waitFor();
	await has("the line", "Printer");
	await page.locator("details", { hasText: "Printer" }).locator(".photo figcaption", { hasText: "The broken printer" }).waitFor();
	await w.shot(page, "record-lines-en");
	const id = (await page.evaluate(() => location.hash)).split("/").pop();
	await page.getByRole("button", { name: "Send now" }).click();
	await page.locator("details .photo .badge", { hasText: "Sent, received by the centre" }).waitFor();
	const line = (await pc.call("show", [id])).lines.find((x) => x.kind === "equipment_line");
	const photo = (await pc.call("show", [id])).lines.find((x) => x.kind === "photo");
	const { standing } = await centre.call("show", [id]);
	const there = await centre.call("show", [photo.id]);
	need("the centre holds the check whole: its line, and the photo under the line", [photo.of === line.id, standing.children, standing.complete, standing.verified,
		there.fields.attached_to.value === line.id, there.fields.image.file.sound], [true, 2, true, true, true, true]);
});

await test("a change in a register shows old and new, asks why, and stands in the history", async () => {
	await at(`/record/asset/${asset}`);
	await page.getByRole("button", { name: "Change" }).click();
	await field("location").waitFor();
	await field("location").focus();
	await page.keyboard.type("Phòng ");
	const kept = (text) => page.waitForFunction(async (want) => {
		const id = location.hash.split("/").pop();
		const res = await fetch("/api/draft_show", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id }) });
		return (await res.json()).fields.location.text === want;
	}, text);
	await kept("Phòng"); // after a pause, the blank at the end not yet taken away
	await page.keyboard.type("họp");
	need("goes on after the blank", await field("location").inputValue(), "Phòng họp");
	await page.keyboard.press("Tab");
	await kept("Phòng họp");
	await page.locator(".old").first().waitFor(); // what stood before shows, and moves what is below it
	await page.locator("fieldset", { has: field("condition") }).getByText("Broken").click();
	await page.locator(".old", { hasText: "Before: Good" }).waitFor();
	await page.getByRole("button", { name: "Review" }).click();
	const write = page.getByRole("button", { name: "Seal and write" });
	need("why?", await write.isDisabled(), true);
	await page.locator("#why").fill("The paper roller is broken");
	await page.waitForFunction(() => !document.querySelector(".actions button").disabled);
	await w.shot(page, "review-edit-en");
	await write.click();
	await page.locator("h1", { hasText: "Record" }).waitFor();
	await page.locator(".history", { hasText: "The paper roller is broken" }).waitFor();
	need("one draft fewer", (await pc.call("list", ["--drafts"])).drafts.length, 0);
});

await test("two people wrote different things: base, mine, theirs; a third value with a reason, without a network", async () => {
	await other.call("record", ["asset", asset, "quantity=3", "--reason", "Đếm thấy ba cái"], { secrets });
	await page.evaluate((id) => fetch("/api/record", { method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ kind: "asset", id, fields: { quantity: "1" }, reason: "Một cái đã chuyển đi" }) }), asset);
	await page.getByRole("button", { name: "Send now" }).click();
	await page.waitForFunction(() => !document.querySelector(".syncline button").disabled);
	await other.call("sync");
	await page.getByRole("button", { name: "Send now" }).click();
	await page.waitForFunction(() => !document.querySelector(".syncline button").disabled);
	await page.context().close();
	await pc.stop();
	await pc.serve(["--offline"]);
	page = await w.open(pc, { lang: "vi" });
	await unlock();
	await at("/decide");
	await page.locator(".sides").waitFor();
	await has("base", "Trước đó: 2");
	await has("mine", "Ghi trên máy này");
	await has("theirs", "Lò Thị Bé");
	await has("why", "Đếm thấy ba cái");
	await w.shot(page, "decide-vi");
	await page.getByText("ghi giá trị khác").last().click();
	await field("quantity").fill("4");
	await field("quantity").blur();
	await page.getByLabel(/Vì sao chọn như vậy/).fill("Cả hai cùng đếm lại");
	await page.getByRole("button", { name: "Niêm phong quyết định" }).click();
	await page.getByText("Không có mục nào đang chờ quyết định.").waitFor();
	await at(`/record/asset/${asset}`);
	await page.locator(".history", { hasText: "Cả hai cùng đếm lại" }).waitFor();
	need("third value", (await pc.call("show", [asset])).fields.quantity.text, "4");
	await w.shot(page, "record-decided-vi");
});

/** Everything a form asks for, with the first that is offered or a small number; what is asked because of an answer, too. */
async function answerAll(she, on) {
	const empty = () => on.evaluate(() => [...document.querySelectorAll("main .field:has(.must)")]
		.find((f) => !f.querySelector("input:checked") && [...f.querySelectorAll("input:not(.picker), textarea, select")].every((x) => /radio|checkbox/.test(x.type) || x.value === ""))?.dataset.of);
	for (let name = await empty(); name; name = await empty()) {
		const one = on.locator(`[data-of="${name}"]`);
		if (await one.locator("input[type=radio], input[type=checkbox]").count() > 0) {
			await she.clicks(one.locator("label").first());
			await one.locator("input:checked").waitFor();
		} else {
			await she.types(one.locator("input, textarea").first(), "4");
		}
		await on.locator("#saved .badge-good").waitFor();
	}
}

const PHONE_S = 120; // the centre answers, twenty digits are read out and compared

await test("from the icon to the first check sealed: what a first-time user reads, clicks and types; within ten minutes by the keystroke-level model", async () => {
	const fresh = w.pc("first");
	const slip = JSON.parse(readFileSync(await w.slip(centre), "utf8"));
	const root = (await centre.call("enrol code", ["--scope", SCOPE, "--url", centre.url])).fingerprint;
	await fresh.serve(["--offline"]);
	const first = await w.open(fresh);
	const she = new Novice(first);
	she.besides(1.1 + 0.4); // point at the icon, two clicks
	await she.reads();
	await she.types(first.getByLabel("Mã đăng ký"), slip.code.replaceAll("-", ""));
	await she.types(first.getByLabel("Mã xã"), SCOPE);
	await she.types(first.getByLabel("Địa chỉ máy thu"), slip.url);
	await she.types(first.getByLabel("Dấu vân của trung tâm"), root.replaceAll(" ", ""));
	await she.clicks(first.getByRole("button", { name: "Tiếp tục" }));
	await first.getByLabel("Họ và tên").waitFor();
	await she.reads();
	for (const [label, text] of [["Họ và tên", CLERK], ["Chức vụ", "Công chức Văn phòng"], ["Mã PIN", PIN], ["Nhập lại mã PIN", PIN]]) {
		await she.types(first.getByLabel(label, { exact: label === "Mã PIN" }), text);
	}
	await she.clicks(first.getByRole("button", { name: "Đăng ký máy này" }));
	await first.getByText("Không cần gọi").waitFor(); // let in by its code
	await she.reads();
	await she.clicks(first.getByRole("button", { name: "Vào làm việc" }));
	await first.locator("#sync").waitFor();
	await fresh.call("sync"); // by itself, were it not told to be alone
	const checks = async () => (await fresh.call("list", ["--kind", "facility_check"])).total;
	const before = await checks();
	await she.reads();
	await she.clicks(first.getByRole("button", { name: "Lập phiếu" }).or(first.getByRole("link", { name: "Lập phiếu" })).first());
	await first.getByRole("button", { name: /Phiếu kiểm tra cơ sở/ }).waitFor();
	await she.reads();
	await she.clicks(first.getByRole("button", { name: /Phiếu kiểm tra cơ sở/ }));
	await first.locator("[data-field=facility_id]").waitFor();
	await she.reads();
	await she.types(first.locator("[data-field=facility_id]"), "tram y te");
	await she.clicks(first.locator("[role=option]", { hasText: "Trạm y tế" }));
	await first.locator("#saved .badge-good").waitFor();
	await answerAll(she, first);
	await she.clicks(first.getByRole("button", { name: "Xem lại" }));
	await first.getByRole("button", { name: "Niêm phong và nộp" }).waitFor();
	await she.reads();
	await she.clicks(first.getByRole("button", { name: "Niêm phong và nộp" }));
	await first.locator(".history", { hasText: "Niêm phong hợp lệ" }).waitFor();
	need("sealed", await checks(), before + 1);
	const { screens, words, clicks, fields, keys } = she.count;
	console.log(`# first check: ${screens} screens, ${words} words, ${clicks} clicks, ${fields} fields, ${keys} keys: ${Math.round(she.seconds)} s by the keystroke-level model; with a call to the centre ${Math.round(she.seconds) + PHONE_S} s`);
	for (const [what, n, most] of [["screens", screens, 7], ["clicks", clicks, 27], ["fields", fields, 9]]) need(`no more ${what} than ${most}`, n <= most, true);
	need("ten minutes, also where the centre is called", she.seconds + PHONE_S <= 600, true);
	await first.context().close();
	await fresh.stop();
});

await test("a field that was refused stays, is said to be unsaved wherever its draft is shown, and goes again with the next", async () => {
	await at("/new");
	await page.getByRole("button", { name: /Phiếu kiểm tra cơ sở/ }).click();
	await field("checker_name").waitFor();
	const id = (await page.evaluate(() => location.hash)).slice("#/draft/".length);
	const kept = () => page.evaluate(async (d) => {
		const res = await fetch("/api/draft_show", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: d }) });
		const { fields } = await res.json();
		return [fields.checker_name.text, fields.checker_title.text];
	}, id);
	const [before] = await kept();
	await page.route("**/api/draft_set", (r) => (r.request().postDataJSON().fields?.checker_name === undefined ? r.continue()
		: r.fulfill({ status: 507, contentType: "application/problem+json", body: JSON.stringify({ detail: "Đĩa đã đầy." }) })));
	const unsaved = () => page.locator("#saved .badge-bad", { hasText: "1 chỗ chưa lưu" }).waitFor();
	await field("checker_name").fill("Lò Thị Bé");
	await field("checker_name").blur();
	await unsaved();
	await field("checker_name").fill("Vàng A Páo"); // in the place of what waits
	await field("checker_title").fill("Công chức");
	await field("checker_title").blur();
	await page.waitForFunction(() => document.querySelector('[data-of="checker_name"] .wrong')); // at its own place
	await unsaved();
	await has("why", "Đĩa đã đầy.");
	need("the other one is kept, this one not", await kept(), [before, "Công chức"]);
	await page.getByRole("button", { name: "Xem lại" }).click();
	await unsaved();
	await w.shot(page, "draft-unsaved-vi");
	need("no review of what is not whole", await page.evaluate(() => location.hash), `#/draft/${id}`);
	await at("/new");
	await at(`/draft/${id}`);
	await unsaved();
	need("as typed", await field("checker_name").inputValue(), "Vàng A Páo");
	await page.unroute("**/api/draft_set");
	await field("checker_title").fill("Công chức văn hóa");
	await field("checker_title").blur();
	await saved();
	need("both", await kept(), ["Vàng A Páo", "Công chức văn hóa"]);
	need("nothing is said any more", await page.locator("main .notice-bad, main .field .wrong").count(), 0);
});

await test("what was begun cannot be read: home says so and shows the rest; a draft is thrown away only when she says so again", async () => {
	const cards = () => page.locator("main section.card h2").allInnerTexts();
	await page.route("**/api/due", async (r) => {
		const res = await r.fetch();
		await r.fulfill({ response: res, json: { ...(await res.json()), decide: 1 } });
	});
	await at("/");
	await page.locator("#drafts").waitFor();
	const all = await cards();
	await page.route("**/api/list", (r) => (r.request().postDataJSON().drafts ? r.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ detail: "Ổ đĩa báo lỗi." }) }) : r.continue()));
	await at("/new");
	await at("/");
	await has("what", "Chưa đọc được dữ liệu");
	await has("why", "Ổ đĩa báo lỗi.");
	need("the rest", [await cards(), all.length > 1], [all.filter((x) => x !== "Đang làm dở"), true]);
	need("not that there is nothing", await page.locator("main .empty").count(), 0);
	await w.shot(page, "home-drafts-unread-vi");
	await page.unroute("**/api/list");
	await page.getByRole("button", { name: "Thử lại" }).click();
	await page.locator("#drafts").waitFor();
	need("all again", await cards(), all);
	await page.unroute("**/api/due");
	const torn = join(pc.home, "drafts", "01a1f44c-0000-7000-8000-000000000001.json");
	writeFileSync(torn, "{\n");
	await at("/new");
	await has("one of them alone, here", "không đọc được (tệp drafts/01a1f44c-0000-7000-8000-000000000001.json)");
	await at("/");
	await has("and at home", "các phiếu khác vẫn còn nguyên");
	await page.locator("#drafts").waitFor();
	unlinkSync(torn);
	await at("/new");
	const drop = page.getByRole("button", { name: "Bỏ bản nháp" }), asked = [];
	const answer = async (yes) => {
		page.once("dialog", async (d) => { asked.push(d.message()); await (yes ? d.accept() : d.dismiss()); });
		await drop.first().click();
	};
	const kept = async () => (await pc.call("list", ["--drafts"])).drafts.length;
	await drop.first().waitFor();
	const n = await kept();
	await answer(false);
	need("kept", [await kept(), await drop.count()], [n, n]);
	await answer(true);
	await page.waitForFunction((left) => [...document.querySelectorAll("main button")].filter((b) => b.innerText === "Bỏ bản nháp").length === left, n - 1);
	need("gone", await kept(), n - 1);
	need("asked twice the same, by its name", [asked.length, asked[0] === asked[1], /^Bỏ hẳn bản nháp “.+”\? Không lấy lại được\.$/.test(asked[0])], [2, true, true]);
});

await test("on a narrow screen, and nothing the browser complained of", async () => {
	await page.setViewportSize({ width: 390, height: 844 });
	await at("/new");
	await page.getByRole("button", { name: /Tự khai hằng tuần/ }).click();
	await field("week").waitFor();
	need("no sideways scrolling", await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
	await w.shot(page, "draft-narrow-vi");
	need("complaints", page.problems, []);
});

await w.end();
