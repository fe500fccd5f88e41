// harness: what the tests of the pages share: the real programs with homes of their own, a browser
// (playwright-core driving Debian's chromium, loopback only) and TAP. One world a file; every child and
// folder it made ends with it.
//
//   const w = await world();
//   const c = await w.centre();             // init, a registrar, serve
//   const pc = await w.pc("pc-1");          // a home; pc.call("status"), pc.serve(), pc.stop(), pc.kill()
//   await w.enrol(c, pc, "Nguyễn Thị Hoa"); // approved
//   const page = await w.open(pc);          // a browser window of its own, let in by a ticket
//   await test("title", async () => { … });
//   await w.end();                          // prints the plan; sets the exit status
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const BIN = resolve(process.env.KK_BIN || "build/dev");
export const SCOPE = "00004";
export const UNIT = "Xã Mường Hum";
export const CLERK = "Nguyễn Thị Hoa";
export const PIN = "246810";
export const PASS = "mật khẩu của trung tâm";
/** Where screenshots stay after a run, with KK_SHOTS=1 of every screen and else of what failed: in the build folder. */
export const SHOTS = join(BIN, "page-shots");

const modules = process.env.KK_NODE_MODULES;
if (!modules) throw new Error("KK_NODE_MODULES: the node_modules folder of the build (ctest sets it)");
const require = createRequire(join(modules, "x.js"));
const { chromium } = require("playwright-core");
export const AXE = require.resolve("axe-core/axe.min.js");

/** The browser never talks to anybody but this machine. */
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
	"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
	"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"];

// ---- programs ----

/** A program with a home. Secrets go in by descriptors, never by arguments. */
export class Program {
	constructor(name, home, env = {}) {
		this.path = join(BIN, name);
		this.home = home;
		this.env = { ...process.env, KIEMKE_LANG: "vi", ...env };
		this.owner = null;
	}

	start(args, secrets = {}) {
		const stdio = ["ignore", "pipe", "pipe"];
		const words = ["--home", this.home, "--json", ...args.map(String)];
		for (const name of Object.keys(secrets)) {
			words.push(`--${name.replaceAll("_", "-")}-fd`, String(stdio.length));
			stdio.push("pipe");
		}
		const p = spawn(this.path, words, { stdio, env: this.env });
		Object.values(secrets).forEach((secret, i) => {
			p.stdio[3 + i].on("error", () => {}); // the program read its line and closed its end first
			p.stdio[3 + i].end(`${secret}\n`);
		});
		return p;
	}

	/** Run one command: its answer; a refusal is thrown, with `expect` it is the answer. */
	async call(name, args = [], { secrets, expect = 0 } = {}) {
		const p = this.start([...name.split(" "), ...args], secrets);
		let out = "", err = "";
		p.stdout.setEncoding("utf8").on("data", (s) => { out += s; });
		p.stderr.setEncoding("utf8").on("data", (s) => { err += s; });
		const status = await new Promise((done) => p.on("close", done));
		const body = JSON.parse(out.trim().split("\n").pop() || "{}");
		if (status !== expect) throw new Error(`${name} ${args.join(" ")}: ended with ${status}\n${err}${out}`);
		return expect ? body.error : body;
	}

	/** `serve` in the background until stop or kill; its address is this.url. */
	async serve(args = [], secrets = {}) {
		const p = this.start(["serve", ...args], secrets);
		this.owner = p;
		p.stderr.setEncoding("utf8").on("data", (s) => { p.said = (p.said || "") + s; });
		this.ended = new Promise((done) => p.on("close", done));
		for await (const line of createInterface({ input: p.stdout })) {
			const note = JSON.parse(line);
			if (note.args && note.args.url) {
				this.url = note.args.url;
				p.stdout.resume();
				return this.url;
			}
		}
		throw new Error(`serve ended before it had an address\n${p.said || ""}`);
	}

	async end(signal) {
		if (!this.owner) return;
		this.owner.kill(signal);
		await this.ended;
		this.owner = null;
	}

	stop() { return this.end("SIGTERM"); }
	kill() { return this.end("SIGKILL"); }

	/** A link that lets a browser in, once. */
	async link() {
		const p = this.start(["serve", "--link"]);
		for await (const line of createInterface({ input: p.stdout })) return JSON.parse(line).args.url;
		throw new Error("no link");
	}
}

// ---- a world ----

class World {
	constructor(name) {
		this.folder = mkdtempSync(join(tmpdir(), "kk-page-"));
		this.shots = join(SHOTS, name);
		rmSync(this.shots, { recursive: true, force: true });
		mkdirSync(this.shots, { recursive: true });
		this.programs = [];
		this.browser = null;
	}

	program(name, home, env) {
		const p = new Program(name, join(this.folder, home), env);
		this.programs.push(p);
		return p;
	}

	/** A collector that serves; its registrar lets PCs in by their codes, or (registrar: false) each by hand. */
	async centre({ registrar = true, home = "collector" } = {}) {
		const c = this.program("kiemke-collector", home);
		await c.call("init", ["--name", "Máy thu thử"], { secrets: { passphrase: PASS, registrar_passphrase: PASS } });
		await c.serve([], registrar ? { passphrase: PASS } : {});
		return c;
	}

	pc(home = "pc", env = {}) {
		return this.program("kiemke", home, env);
	}

	/** The file of a slip for `clerks` clerks, registered by its code. */
	async slip(centre, { scope = SCOPE, unit = UNIT, clerks = 3 } = {}) {
		const file = join(this.folder, `slip-${scope}-${this.slips = (this.slips || 0) + 1}.json`);
		await centre.call("enrol code", ["--scope", scope, "--unit", unit, "--url", centre.url, "--clerks", clerks, "--out", file]);
		return file;
	}

	/** Enrol a PC by commands: approved. */
	async enrol(centre, pc, clerk = CLERK, title = "Công chức Văn phòng", how = {}) {
		const got = await pc.call("enrol", [await this.slip(centre, how), "--clerk", clerk, "--title", title], { secrets: { pin: PIN } });
		need("enrolment", got.state, "approved");
		await pc.call("sync");
	}

	async launch() {
		const home = join(this.folder, "browser");
		mkdirSync(home, { recursive: true });
		this.browser = await chromium.launch({
			executablePath: process.env.KK_CHROMIUM || "/usr/bin/chromium-headless-shell", args: FLAGS, headless: true,
			env: { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, LANG: "C.UTF-8" },
		});
	}

	/** A window let in by a ticket. */
	async open(pc, how = {}) {
		return this.window(await pc.link(), how);
	}

	/** A window at an address, once it has a heading. problems: what the browser complained of, also by the CSP. */
	async window(url, { lang = "vi", width = 1366, height = 768, clock = false } = {}) {
		if (!this.browser) await this.launch();
		const context = await this.browser.newContext({ viewport: { width, height }, locale: "vi-VN", timezoneId: "America/New_York", reducedMotion: "reduce" });
		const page = await context.newPage();
		page.setDefaultTimeout(Number(process.env.KK_PAGE_TIMEOUT || 60000));
		page.problems = [];
		windows.push(page);
		page.on("pageerror", (e) => page.problems.push(String(e)));
		page.on("console", (m) => { if (m.type() === "error" && !/status of 4\d\d|status of 5\d\d|ERR_/.test(m.text())) page.problems.push(m.text()); });
		await page.addInitScript((l) => { if (!localStorage.getItem("kk-lang")) localStorage.setItem("kk-lang", l); }, lang);
		if (clock) await page.clock.install(); // time goes on when the test says so: page.clock.runFor("15:00")
		await page.goto(url);
		await page.locator("h1").first().waitFor();
		return page;
	}

	async shot(page, name) {
		if (process.env.KK_SHOTS) await page.screenshot({ path: join(this.shots, `${name}.png`), fullPage: true });
	}

	async end() {
		if (this.browser) await this.browser.close();
		for (const p of this.programs) await p.stop();
		rmSync(this.folder, { recursive: true, force: true });
		console.log(`1..${count}`);
		process.exitCode = failed ? 1 : 0;
	}
}

export function world(name) {
	return new World(name);
}

// ---- tests ----

let count = 0, failed = 0;
const windows = [];

/** Run one test and print its line of TAP; after a failure the next go on. */
export async function test(title, body) {
	count++;
	try {
		await body();
		console.log(`ok ${count} - ${title}`);
	} catch (e) {
		failed++;
		for (const [i, page] of windows.filter((p) => !p.isClosed()).entries()) { // what stood there, for whoever looks into it
			await page.screenshot({ path: join(SHOTS, `failed-${process.pid}-${count}-${i}.png`), fullPage: true }).catch(() => {});
		}
		console.log(`not ok ${count} - ${title}\n# ${String(e.stack || e).replaceAll("\n", "\n# ")}`);
	}
}

export function need(what, got, want) {
	const a = JSON.stringify(got), b = JSON.stringify(want);
	if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}
