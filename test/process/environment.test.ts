// Where Edgewise believes that it runs: deployed in production, whatever it is deployed with; here in
// development, unless it is told otherwise.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer } from "./server.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "edgewise-environment-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what wrangler deploys by itself runs in production", () => {
  const { status, stdout } = spawnSync(
    "npx",
    ["wrangler", "deploy", "--dry-run", "--outdir", folder, "--assets", folder],
    { encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/APP_ENV \("production"\)/);
});

test("a start that a flag says is production turns anonymous visitors away", async () => {
  const server = await startServer({ vars: { APP_ENV: "production" } });
  try {
    const response = await fetch(`${server.url}/api/v1/conversations`, { method: "POST" });
    expect(response.status).toBe(401);
  } finally {
    await server.stop();
  }
});

test("a start is checked for where it will run: as .dev.vars says, and before that a flag", () => {
  // It ends in the check, before it needs anything of where it is.
  const start = (...flags: string[]) =>
    spawnSync(process.execPath, [resolve("scripts/start.ts"), ...flags], {
      cwd: folder,
      encoding: "utf8",
    }).stderr;
  const debug = "APP_DEBUG: should be false where APP_ENV is production";
  const secret = "JWT_SECRET: should be set where JWT_ALGORITHM is HS256";
  const lines = ["APP_ENV=production", "APP_DEBUG=true", "JWT_ALGORITHM=HS256"];
  writeFileSync(join(folder, ".dev.vars"), lines.join("\n"));
  expect(start()).toContain(debug);
  const told = start("--var", "APP_ENV:development");
  expect(told).toContain(secret);
  expect(told).not.toContain(debug);
});
