// What happens to a document while something else happens to it.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { appWith } from "./app-with.ts";
import {
  bring,
  collectionOf,
  type Document,
  DOCUMENTS,
  ended,
  know,
  searchFor,
} from "./brought.ts";
import { Client } from "./client.ts";

const as = (client: Client, json: object): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: `Bearer ${client.token}` },
  body: JSON.stringify(json),
});

/** An installation in which something happens just after an original was put into R2. */
function interrupted(happens: () => Promise<void>) {
  let once = true;
  return appWith({}, ({ originals }) => ({
    originals: {
      get: (key: string) => originals.get(key),
      list: (options?: R2ListOptions) => originals.list(options),
      delete: (keys: string | string[]) => originals.delete(keys),
      put: async (...args: Parameters<typeof originals.put>) => {
        const put = await originals.put(...args);
        if (once) {
          once = false;
          await happens();
        }
        return put;
      },
    },
  }));
}

test("a document that is deleted while its next version is brought comes back as another", async () => {
  const client = new Client();
  const first = await know(client, { name: "a.txt", text: "The first edition." });
  const { ask } = interrupted(async () => {
    await client.fetch(`${DOCUMENTS}/${first.id}`, { method: "DELETE" });
  });
  const response = await ask(DOCUMENTS, as(client, { name: "a.txt", text: "The second edition." }));
  const second = await ended(client, await response.json<Document>());
  expect(second).toMatchObject({ status: "indexed", version: 1 });
  expect((await searchFor(client, "edition")).map(({ text }) => text)).toEqual([
    "The second edition.",
  ]);
});

test("a collection that is deleted while a document is brought to it leaves nothing of it", async () => {
  const client = new Client();
  const collection = await collectionOf(client);
  const { ask } = interrupted(async () => {
    await client.fetch(`/api/v1/collections/${collection}`, { method: "DELETE" });
  });
  const body = { name: "a.txt", text: "Too late.", collection };
  const response = await ask(DOCUMENTS, as(client, body));
  expect(response.status).toBe(404);
  const { results } = await env.DB.prepare("SELECT id FROM documents WHERE collection_id = ?")
    .bind(collection)
    .all();
  expect(results).toEqual([]);
});

test("what is said of a document changes with the same content, too", async () => {
  const client = new Client();
  const text = "The same words as before.";
  const first = await know(client, { name: "a.txt", text, metadata: { team: "blue" } });
  const next = await know(client, { name: "a.txt", text, metadata: { team: "red" } });
  expect(next).toMatchObject({ id: first.id, version: 2, metadata: { team: "red" } });
  expect(await searchFor(client, "same words", { filters: { team: "red" } })).toHaveLength(1);
  expect(await searchFor(client, "same words", { filters: { team: "blue" } })).toEqual([]);
});

test("an address is fetched again when it is indexed anew", async () => {
  const client = new Client();
  const url = `${env.OUTSIDE_URL}/notes.txt?tag=again${Date.now()}`;
  const document = await know(client, { url });
  await client.fetch(`${DOCUMENTS}/${document.id}/reindex`, { method: "POST" });
  expect(await ended(client, document)).toMatchObject({ status: "indexed", version: 2 });
  const tag = new URL(url).searchParams.get("tag");
  const journal = await fetch(`${env.OUTSIDE_URL}/journal?tag=${tag}`);
  expect(await journal.json()).toMatchObject({ calls: 2 });
});

test("a hundred documents whose messages were lost are all taken up", async () => {
  const client = new Client();
  const collection = await collectionOf(client);
  const texts = Array.from({ length: 100 }, (_, n) => ({ name: `${n}.txt`, text: `Number ${n}.` }));
  for (const text of texts) await bring(client, { ...text, collection });
  await env.DB.prepare(
    "UPDATE documents SET status = 'queued', updated_at = 1 WHERE collection_id = ?",
  )
    .bind(collection)
    .run();
  await client.json(`${DOCUMENTS}?limit=100&collection=${collection}`);
  const { results } = await env.DB.prepare(
    "SELECT id FROM documents WHERE collection_id = ? AND updated_at = 1",
  )
    .bind(collection)
    .all();
  expect(results).toEqual([]);
}, 60_000);

test("a text of nothing but marks is read in a moment", async () => {
  const client = new Client();
  const text = `e${"\u0301\u0327".repeat(300_000)} and a word`;
  const document = await ended(client, await bring(client, { name: "marks.txt", text }));
  expect(document.status).toBe("indexed");
});

test("more conditions than a statement has room for are refused by name", async () => {
  const filters = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`key${n}`, { gte: 1, lt: 9 }]),
  );
  const response = await new Client().fetch(`${DOCUMENTS}/search`, {
    json: { query: "x", filters },
  });
  const { error } = await response.json<{ error: { details: { field: string } } }>();
  expect([response.status, error.details.field]).toEqual([400, "filters"]);
});
