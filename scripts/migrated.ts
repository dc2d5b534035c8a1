// Whether the local D1 has every migration. Its file is asked: asking wrangler takes seconds at each start.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @param persist where wrangler keeps what is local
 * @returns false, too, where that cannot be told: then wrangler is to be asked
 */
export async function isMigrated(persist = ".wrangler/state"): Promise<boolean> {
  try {
    const { DatabaseSync } = await import("node:sqlite");
    const folder = join(persist, "v3/d1/miniflare-D1DatabaseObject");
    const [file, ...others] = readdirSync(folder).filter(
      (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite",
    );
    if (file === undefined || others.length > 0) return false;
    const database = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      const rows = database.prepare("SELECT name FROM d1_migrations").all();
      const applied = new Set(rows.map(({ name }) => name));
      return readdirSync("migrations")
        .filter((name) => name.endsWith(".sql"))
        .every((name) => applied.has(name));
    } finally {
      database.close();
    }
  } catch {
    return false; // no such file yet, or a Node without SQLite
  }
}
