// Whether a start asks wrangler to migrate: only where something is missing.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { isMigrated } from "../../scripts/migrated.ts";

test("a database that lacks a migration, or is not there, is to be migrated; one that has all is not", async () => {
  const persist = mkdtempSync(join(tmpdir(), "edgewise-migrated-"));
  onTestFinished(() => rmSync(persist, { recursive: true }));
  expect(await isMigrated(persist)).toBe(false);
  const folder = join(persist, "v3/d1/miniflare-D1DatabaseObject");
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "0.sqlite"));
  expect(await isMigrated(persist)).toBe(false);
  database.exec("CREATE TABLE d1_migrations (name TEXT)");
  const [last, ...others] = readdirSync("migrations").toReversed();
  const applied = database.prepare("INSERT INTO d1_migrations VALUES (?)");
  for (const name of others) applied.run(name);
  expect(await isMigrated(persist)).toBe(false);
  applied.run(last ?? "");
  expect(await isMigrated(persist)).toBe(true);
  database.close();
});
