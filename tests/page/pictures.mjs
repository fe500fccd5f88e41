// pictures: the pictures of the README, made from the sample data. By hand, when screens have changed:
//
//   KK_BIN=build/dev KK_NODE_MODULES=$(ls -d .cache/web/*-test/node_modules) node tests/page/pictures.mjs docs/pictures
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CLERK, PIN, world } from "./harness.mjs";
import { examples } from "./examples.mjs";
import { fill } from "./sample.mjs";

const PICTURES = { home: () => "/", register: examples["/register/:kind"], form: examples["/draft/:id"], scan: examples["/scan/:id"] };

const out = process.argv[2];
if (!out) throw new Error("pictures.mjs FOLDER");
mkdirSync(out, { recursive: true });
const w = world("pictures");
const centre = await w.centre();
const pc = w.pc(), other = w.pc("other");
await w.enrol(centre, pc, CLERK);
await w.enrol(centre, other, "H'Lan Niê");
const ids = await fill(w, centre, pc, other);
await pc.serve();
const page = await w.open(pc);
await page.getByLabel(/Mã PIN/).fill(PIN);
await page.keyboard.press("Enter");
await page.locator("#sync").waitFor();
for (const [name, address] of Object.entries(PICTURES)) {
	await page.evaluate((a) => { location.hash = a; }, address(ids));
	await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
	await page.screenshot({ path: join(out, `${name}.png`) });
}
await w.end();
