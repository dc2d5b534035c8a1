// Objects live for years: what every older version of the schema left behind still opens.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { SCHEMA_VERSION } from "../../src/conversation/schema.ts";
import { newConversationId, ownedId } from "../../src/ids.ts";
import { stubText } from "../stub/provider.ts";
import { allEvents, assembled, Client, stubOf } from "./client.ts";

const fixtures = import.meta.glob<string>("../fixtures/objects/*.sql", {
  query: "?raw",
  import: "default",
  eager: true,
});

test("there is an object of every version", () => {
  expect(Object.keys(fixtures)).toHaveLength(SCHEMA_VERSION);
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
