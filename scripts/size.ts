// `npm run size`: bundles the Worker as a deploy would and prints its size; fails past the bound.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** KiB gzip; the free plan allows 3 MB. A third of it reads PDF and DOCX, and is not run before one comes. */
const BOUND = 2048;

const folder = mkdtempSync(join(tmpdir(), "edgewise-size-"));
const bundled = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", folder], {
  encoding: "utf8",
  env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
});
if (bundled.status !== 0) {
  console.error(bundled.stdout, bundled.stderr);
  process.exit(1);
}
const bundle = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => readFileSync(join(folder, name)));
rmSync(folder, { recursive: true });
const raw = bundle.reduce((sum, file) => sum + file.length, 0) / 1024;
const zipped = bundle.reduce((sum, file) => sum + gzipSync(file).length, 0) / 1024;
console.log(
  `Worker bundle: ${raw.toFixed(0)} KiB, ${zipped.toFixed(0)} KiB gzip (bound: ${BOUND}).`,
);
if (zipped > BOUND) process.exit(1);
