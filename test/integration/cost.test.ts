// What a turn reads and writes, counted by the object's own meter: the same however old the
// conversation is.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { Client, stubOf } from "./client.ts";

/** Rows of one turn, from the cursors themselves: `exec` is watched, nothing is replaced. */
async function rowsOfATurn(client: Client, id: string, offset: number) {
  await runDurableObjectAlarm(stubOf(id)); // what earlier turns left for D1 is theirs
  await evictDurableObject(stubOf(id)); // a cold object: what waking costs is part of it
  await runInDurableObject(stubOf(id), (_, state) => {
    const { sql } = state.storage;
    const plain = sql.exec.bind(sql);
    const cursors: { rowsRead: number; rowsWritten: number }[] = [];
    Object.defineProperty(sql, "exec", {
      configurable: true,
      value: (...args: Parameters<typeof plain>) => {
        const cursor = plain(...args);
        cursors.push(cursor);
        return cursor;
      },
    });
    Object.defineProperty(sql, "seen", { configurable: true, value: cursors });
  });
  const answer = await client.chat({
    message: "And now?".padEnd(400, "."),
    conversation_id: id,
    model: "stub:tokens=64",
  });
  expect(answer.status).toBe(200);
  await client.messages(id, `?limit=10&offset=${offset}`);
  await scheduler.wait(1300); // telling D1, within a second, is part of it
  return runInDurableObject(stubOf(id), (_, state) => {
    const cursors = Reflect.get(state.storage.sql, "seen") as {
      rowsRead: number;
      rowsWritten: number;
    }[];
    return {
      read: cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0),
      written: cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0),
    };
  });
}

test("a turn costs the same rows at message 10,000 as at message 10", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "First", conversation_id: id, model: "stub:tokens=1" });
  const grow = (from: number, to: number) =>
    runInDurableObject(stubOf(id), (_, state) => {
      // As turns would have left it: rows beside rows on the active path.
      state.storage.sql.exec(
        `WITH RECURSIVE n (seq) AS (SELECT ?1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?2)
         INSERT INTO messages SELECT n.seq, n.seq - 1, n.seq - 1, 1, tenant_id, user_id, (n.seq + 1) / 2,
           iif(n.seq % 2, 'user', 'assistant'), json_array(json_object('type', 'text', 'text', printf('%.*c', 8000, 'x'))),
           'completed', created_at, finished_at, details FROM n, (SELECT * FROM messages WHERE seq = 1)`,
        from,
        to,
      );
      state.storage.sql.exec(
        "UPDATE conversation SET last_seq = ?1, message_count = ?1, leaf_seq = ?1, leaf_depth = ?1 - 1, last_turn = ?1 / 2, closed_through = ?1 / 2",
        to,
      );
    });
  // A message fills a quarter of the window: at message 10 it is as full as it will ever be.
  await grow(3, 10);
  const young = await rowsOfATurn(client, id, 0);
  await grow(13, 10_000);
  const old = await rowsOfATurn(client, id, 5000);
  expect(Math.abs(old.read - young.read)).toBeLessThanOrEqual(2);
  expect(Math.abs(old.written - young.written)).toBeLessThanOrEqual(2);
  // And it is a small number: a few rows written, and no more read than the window holds.
  expect(old.written).toBeGreaterThan(5);
  expect(old.written).toBeLessThan(40);
  expect(old.read).toBeLessThan(120);
}, 30_000);
