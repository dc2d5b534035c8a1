// Objects live for years: what every older version of the schema left behind still opens.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { hashOf, newApiKey } from "../../src/auth/opaque.ts";
import { migrations } from "../../src/conversation/migrations.ts";
import { SCHEMA_VERSION } from "../../src/conversation/schema.ts";
import { newConversationId, newId, ownedId } from "../../src/ids.ts";
import { ACCOUNT_SCHEMA_VERSION } from "../../src/store/account-schema.ts";
import { stubText } from "../stub/provider.ts";
import { allEvents, assembled, Client, stubOf } from "./client.ts";

const fixtures = import.meta.glob<string>("../fixtures/objects/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});
const accounts = import.meta.glob<string>("../fixtures/accounts/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

test("there is an object of every version", () => {
  expect(Object.keys(fixtures)).toHaveLength(SCHEMA_VERSION);
});

test("what migrations leave is what a new object is made with", async () => {
  const columns = (id: string) =>
    runInDurableObject(stubOf(id), (_object, state) =>
      state.storage.sql
        .exec(
          `SELECT t.name AS "table", t.type, c.name, c.type AS kind, c."notnull", c.dflt_value, c.pk
           FROM sqlite_master AS t LEFT JOIN pragma_table_info(t.name) AS c
           WHERE t.name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY t.name, c.name`,
        )
        .toArray(),
    );
  const made = await new Client().conversation();
  const migrated = newConversationId(Date.now());
  await runInDurableObject(stubOf(migrated), (_object, state) => {
    for (const migration of migrations) state.storage.sql.exec(migration);
  });
  expect(await columns(migrated)).toEqual(await columns(made));
});

test.each(Object.entries(fixtures))(
  "%s opens, and goes on with what was running",
  async (_, sql) => {
    const client = new Client();
    await client.conversation(); // a visitor to own it
    const owner = String(client.token).slice("ewv_".length).split(".")[0] ?? "";
    const id = newConversationId(Date.now());
    await runInDurableObject(stubOf(id), (_object, state) => {
      state.storage.sql.exec(sql.replaceAll("{id}", id).replaceAll("{owner}", owner));
    });
    await evictDurableObject(stubOf(id));
    const turn = ownedId("turn", id, 2);
    const events = await allEvents(
      await client.fetch(`/api/v1/conversations/${id}/turns/${turn}/events`, {
        headers: { "Last-Event-ID": `${turn}:1.3` },
      }),
    );
    expect(assembled(events, "word0 word1")).toBe(stubText(9));
    expect(events.at(-1)?.event).toBe("complete");
    expect((await client.messages(id)).map(({ content }) => content)).toEqual([
      "First",
      "word0",
      "Second",
      stubText(9),
    ]);
    const detail = await client.json<{ title: string; metadata: object }>(
      `/api/v1/conversations/${id}`,
    );
    expect(detail).toMatchObject({ title: "Old", metadata: { kept: true }, message_count: 4 });
    const version = await runInDurableObject(stubOf(id), (_object, state) =>
      state.storage.sql.exec("SELECT schema_version FROM conversation").one(),
    );
    expect(version).toEqual({ schema_version: SCHEMA_VERSION });
  },
);

test("there is an account of every version", () => {
  expect(Object.keys(accounts)).toHaveLength(ACCOUNT_SCHEMA_VERSION);
});

test.each(Object.entries(accounts))(
  "%s opens: its credentials count, its books go on, and it remembers",
  async (_, sql) => {
    const user = newId("user", Date.now());
    const stub = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(user));
    const client = new Client();
    client.token = newApiKey(user);
    const hash = await hashOf(client.token);
    const now = Date.now();
    const filled = sql
      .replaceAll("{user}", user)
      .replaceAll("{hash}", hash)
      .replaceAll("{now}", String(now))
      .replaceAll("{month}", new Date(now).toISOString().slice(0, 7));
    await runInDurableObject(stub, (_object, state) => {
      state.storage.sql.exec(filled);
    });
    await evictDurableObject(stub);
    const { sessions } = await client.json<{ sessions: object[] }>("/api/v1/auth/sessions");
    expect(sessions).toMatchObject([{ id: "ses_old" }]);
    const { used } = await client.json<{ used: object }>("/api/v1/auth/limits");
    expect(used).toMatchObject({ requests_per_minute: 1, streams: 1, monthly_tokens: 1234 });
    await client.json("/api/v1/memories", { json: { text: "I like new maps" } });
    const kept = sql.includes("'mem_old'")
      ? ["I like new maps", "I like old maps"]
      : ["I like new maps"];
    const { memories } = await client.json<{ memories: { text: string }[] }>("/api/v1/memories");
    expect(memories.map(({ text }) => text)).toEqual(kept);
    const version = await runInDurableObject(stub, (_object, state) =>
      state.storage.sql.exec("SELECT schema_version FROM account").one(),
    );
    expect(version).toEqual({ schema_version: ACCOUNT_SCHEMA_VERSION });
  },
);
