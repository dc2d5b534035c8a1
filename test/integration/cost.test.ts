// What is done in a conversation reads and writes, counted by the object's own meter: the same however
// old the conversation is, and however often it has branched.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { ownedId } from "../../src/ids.ts";
import { Client, stubOf } from "./client.ts";

/** How tokens fall into batches, and when D1 is told, is the clock's: a few rows more or less. */
const SLACK = 8;

type Rows = { read: number; written: number };

/** Rows of `act`, from the cursors themselves: `exec` is watched, nothing is replaced. */
async function rowsOf(id: string, act: () => Promise<Response>): Promise<Rows> {
  await runDurableObjectAlarm(stubOf(id)); // what was done before left something for D1
  await evictDurableObject(stubOf(id)); // a cold object: what waking costs is part of it
  await runInDurableObject(stubOf(id), (_, state) => {
    const { sql } = state.storage;
    const plain = sql.exec.bind(sql);
    const cursors: Pick<SqlStorageCursor<never>, "rowsRead" | "rowsWritten">[] = [];
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
  const answer = await act();
  expect(answer.status).toBe(200);
  await answer.text();
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

/** As turns would have left it: messages beside messages on the active path, up to number `to`. */
async function grow(id: string, from: number, to: number): Promise<void> {
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec(
      `WITH RECURSIVE n (seq) AS (SELECT ?1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?2)
       INSERT INTO messages (seq, parent_seq, depth, tenant_id, user_id, turn, role, parts, status, created_at, finished_at, details)
       SELECT n.seq, n.seq - 1, n.seq - 1, tenant_id, user_id, (n.seq + 1) / 2,
         iif(n.seq % 2, 'user', 'assistant'), json_array(json_object('type', 'text', 'text', replace(printf('%.*c', 200, 'x'), 'x', 'The tide comes in, and goes out again. '))),
         'completed', created_at, finished_at, details FROM n, (SELECT * FROM messages WHERE seq = 1)`,
      from,
      to,
    );
    state.storage.sql.exec(
      "UPDATE conversation SET last_seq = ?1, message_count = ?1, leaf_seq = ?1, leaf_depth = ?1 - 1, last_turn = ?1 / 2, closed_through = ?1 / 2",
      to,
    );
  });
}

/** As if the path had left the branch it was on `count` times, at its last `2 * count` messages. */
async function branchOff(id: string, count: number): Promise<void> {
  await runInDurableObject(stubOf(id), (_, { storage: { sql } }) => {
    const { leaf } = sql.exec<{ leaf: number }>("SELECT leaf_seq AS leaf FROM conversation").one();
    const first = leaf - 2 * count; // the number of a message is its depth + 1
    const numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)";
    sql.exec("INSERT INTO branches VALUES (0, NULL, NULL, 0, 0, ?1, ?1 - 1, 0)", first);
    sql.exec("INSERT INTO path VALUES (0, 0, ?1 - 1)", first);
    sql.exec(
      `${numbers} INSERT INTO branches SELECT n, n - 1, ?2 + 2 * n - 2, ?2 + 2 * n - 2, ?2 + 2 * n - 1, ?2 + 2 * n, ?2 + 2 * n - 1, n FROM n`,
      count,
      first,
    );
    sql.exec(
      `${numbers} INSERT INTO path SELECT ?2 + 2 * n - 2, n, iif(n = ?1, 2147483648, ?2 + 2 * n - 1) FROM n`,
      count,
      first,
    );
    sql.exec("UPDATE messages SET branch = (seq - ?1 + 1) / 2 WHERE seq > ?1", first);
    sql.exec("UPDATE conversation SET branch = ?1, last_branch = ?1", count);
  });
}

/** What each thing costs that people do, in a conversation of `count` messages and some branches. */
async function costs(count: number, branches: number): Promise<Record<string, Rows>> {
  const client = new Client();
  // What is condensed in the background is not part of it: nothing was, of rows that no turn wrote.
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { memory: { strategy: "buffer" } },
  });
  await client.chat({ message: "First", conversation_id: id, model: "stub:tokens=1" });
  await grow(id, 3, count);
  if (branches > 0) await branchOff(id, branches);
  const path = `/api/v1/conversations/${id}`;
  const model = "stub:tokens=64";
  const post = (way: string, json: object = {}) =>
    rowsOf(id, () => client.fetch(`${path}/messages${way}`, { json }));
  const message = (seq: number) => ownedId("msg", id, seq);
  return {
    turn: await post("", { message: "And now?".padEnd(400, "."), model }),
    opening: await rowsOf(id, async () => {
      await client.json(path);
      return client.fetch(`${path}/messages?limit=10`);
    }),
    "a page in the middle": await rowsOf(id, () =>
      client.fetch(`${path}/messages?limit=4&offset=${count / 2}`),
    ),
    regenerate: await post(`/${message(count + 2)}/regenerate`, { model }),
    "an edit of the first message": await post(`/${message(1)}/edit`, { message: "Else", model }),
    "a switch back": await post(`/${message(count + 2)}/activate`),
  };
}

// A message fills a quarter of the window: at message 10 it is as full as it will ever be.
test("everything costs the same rows at message 10,000 as at message 10", async () => {
  const young = await costs(10, 0);
  const old = await costs(10_000, 0);
  for (const [what, rows] of Object.entries(old)) {
    const before = young[what];
    expect(rows.read - (before?.read ?? 0), `${what}: read`).toBeLessThanOrEqual(SLACK);
    expect(rows.written - (before?.written ?? 0), `${what}: written`).toBeLessThanOrEqual(SLACK);
    // And it is a small number: a few rows written, and no more read than the window holds.
    expect(rows.written, what).toBeLessThan(60);
    expect(rows.read, what).toBeLessThan(150);
  }
  expect(old["turn"]?.written).toBeGreaterThan(5);
}, 60_000);

test("what is condensed behind a turn costs the same, too, as soon as it has caught up once", async () => {
  const turns = async (count: number) => {
    const client = new Client();
    const id = await client.conversation();
    await client.chat({ message: "First", conversation_id: id, model: "stub:tokens=1" });
    await grow(id, 3, count);
    const json = { message: "And now?".padEnd(400, "."), model: "stub:tokens=64" };
    const turn = () =>
      rowsOf(id, () => client.fetch(`/api/v1/conversations/${id}/messages`, { json }));
    return [await turn(), await turn(), await turn()] as const;
  };
  const [, ...young] = await turns(10);
  const [first, ...old] = await turns(10_000);
  // What was brought in, or said before anything was condensed, is read once, and not all of it.
  expect(first.read).toBeGreaterThan(150);
  expect(first.read).toBeLessThan(600);
  for (const [at, rows] of old.entries()) {
    expect(rows.read - (young[at]?.read ?? 0)).toBeLessThanOrEqual(SLACK);
    expect(rows.written - (young[at]?.written ?? 0)).toBeLessThanOrEqual(SLACK);
    expect(rows.read).toBeLessThan(150);
  }
}, 60_000);

test("with 300 branches on the path, too, it is the same at message 10,000 as at message 1,000", async () => {
  const young = await costs(1000, 300);
  const old = await costs(10_000, 300);
  for (const [what, rows] of Object.entries(old)) {
    const before = young[what];
    expect(rows.read - (before?.read ?? 0), `${what}: read`).toBeLessThanOrEqual(SLACK);
    expect(rows.written - (before?.written ?? 0), `${what}: written`).toBeLessThanOrEqual(SLACK);
  }
  // A turn and a page hardly notice the branches at all.
  expect(old["turn"]?.read).toBeLessThan(160);
  expect(old["opening"]?.read).toBeLessThan(160);
}, 60_000);

test("a page is read along the index, and nothing is sorted", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "First", conversation_id: id, model: "stub:tokens=1" });
  await grow(id, 3, 100);
  await branchOff(id, 3);
  await evictDurableObject(stubOf(id));
  const plans = await runInDurableObject(stubOf(id), (_, { storage: { sql } }) => {
    const plain = sql.exec.bind(sql);
    const asked: { query: string; bindings: SqlStorageValue[] }[] = [];
    Object.defineProperty(sql, "exec", {
      configurable: true,
      value: (query: string, ...bindings: SqlStorageValue[]) => {
        asked.push({ query, bindings });
        return plain(query, ...bindings);
      },
    });
    Object.defineProperty(sql, "plans", {
      configurable: true,
      value: () =>
        asked
          .filter(({ query }) => query.includes("messages") && query.includes("LIMIT"))
          .map(({ query, bindings }) =>
            plain<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...bindings)
              .toArray()
              .map(({ detail }) => detail)
              .join("; "),
          ),
    });
    return null;
  }).then(async () => {
    await client.messages(id, "?limit=10&offset=50");
    return runInDurableObject(stubOf(id), (_, { storage: { sql } }) =>
      (Reflect.get(sql, "plans") as () => string[])(),
    );
  });
  expect(plans).toHaveLength(1);
  expect(plans[0]).toContain("USING INDEX messages_path (branch=? AND depth>? AND depth<?)");
  expect(plans[0]).not.toMatch(/TEMP B-TREE|SCAN m/);
}, 30_000);
