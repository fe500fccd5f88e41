// pack: the files of the pages as they are embedded: each gzipped by itself, nothing joined or
// rewritten, so that what the browser shows in its tools is what stands in the tree.
//
//   node pack.mjs OUT FROM|NAME…      OUT/NAME is FROM, gzipped; the same bytes each time
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const [out, ...files] = process.argv.slice(2);
for (const file of files) {
	const [from, name] = file.split("|");
	const to = join(out, name);
	mkdirSync(dirname(to), { recursive: true });
	writeFileSync(to, gzipSync(readFileSync(from), { level: 9 }));
}
