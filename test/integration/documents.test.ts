import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import worker from "../../src/index.ts";
import { REASONS } from "../../src/rag/blocks.ts";
import type { IngestionMessage } from "../../src/rag/ingestion-message.ts";
import { NOTES, PAGE, PICTURE, REPORT } from "../stub/outside-pages.ts";
import {
  bring,
  bringFile,
  collectionOf,
  type Document,
  documentOf,
  DOCUMENTS,
  ended,
  know,
  searchFor,
} from "./brought.ts";
import { allEvents, Client, eventually } from "./client.ts";
import { person } from "./people.ts";

const told = async (response: Response) => {
  const { error } = await response.json<{ error: { code: string; details: { field?: string } } }>();
  return { status: response.status, code: error.code, field: error.details.field };
};

test("a text is taken at once, indexed in the background, and found", async () => {
  const client = new Client();
  const response = await client.fetch(DOCUMENTS, {
    json: {
      name: "leave.md",
      text: "# Leave\n\nEmployees have 30 days of annual leave.\n\n## Carry-over\n\nUnused days expire in March.",
      metadata: { team: "people" },
    },
  });
  expect(response.status).toBe(202);
  const taken = await response.json<Document>();
  expect(taken).toMatchObject({
    name: "leave.md",
    status: "queued",
    searchable: false,
    version: 1,
  });
  const document = await ended(client, taken);
  expect(document).toMatchObject({
    status: "indexed",
    searchable: true,
    kind: "markdown",
    title: "Leave",
    reason: null,
    metadata: { team: "people" },
  });
  expect(document.progress.chunks_done).toBe(document.progress.chunks);
  const [first] = await searchFor(client, "annual leave days");
  expect(first).toMatchObject({
    document_id: document.id,
    document_name: "leave.md",
    heading_path: expect.arrayContaining(["Leave"]) as unknown,
    metadata: { team: "people", kind: "markdown" },
  });
  expect(first?.text).toContain("30 days");
});

test("chunks are told in order, a page at a time, and put together are the text", async () => {
  const client = new Client();
  const text = Array.from({ length: 400 }, (_, n) => `Sentence ${n} says what it says.`).join(" ");
  const { id, progress } = await know(client, { name: "long.txt", text });
  type Page = {
    chunks: { position: number; text: string; overlap: number }[];
    pagination: { has_more: boolean };
  };
  const chunks: Page["chunks"] = [];
  for (let more = true; more;) {
    const offset = chunks.length;
    const page = await client.json<Page>(`${DOCUMENTS}/${id}/chunks?limit=3&offset=${offset}`);
    chunks.push(...page.chunks);
    more = page.pagination.has_more;
    expect(page.chunks.length).toBe(more ? 3 : chunks.length - offset);
  }
  expect(chunks.map(({ position }) => position)).toEqual([...chunks.keys()]);
  expect(chunks).toHaveLength(progress.chunks ?? 0);
  expect(chunks.map(({ overlap, text: own }) => own.slice(overlap)).join("")).toBe(text);
  const stranger = await new Client().fetch(`${DOCUMENTS}/${id}/chunks`);
  expect(stranger.status).toBe(404);
});

test("a file is known by what is in it, not by its name", async () => {
  const client = new Client();
  const pdf = await ended(client, await bringFile(client, "report.txt", REPORT));
  expect(pdf).toMatchObject({
    status: "indexed",
    kind: "pdf",
    progress: { pages: 1, pages_done: 1 },
  });
  const html = await ended(client, await bringFile(client, "page.bin", PAGE));
  expect(html).toMatchObject({ status: "indexed", kind: "html" });
  const [ships] = await searchFor(client, "how many ships does the annual report count");
  expect(ships).toMatchObject({ document_id: pdf.id, page: 1 });
});

test("what cannot be indexed says why, and what can be done", async () => {
  const client = new Client();
  const failing: [name: string, bytes: Uint8Array | string, reason: keyof typeof REASONS][] = [
    ["empty.txt", "", "empty"],
    ["blank.txt", " \n\n ", "empty"],
    ["picture.pdf", PICTURE, "unsupported"],
    ["cut.pdf", REPORT.slice(0, 200), "corrupt"],
  ];
  for (const [name, bytes, reason] of failing) {
    const document = await ended(client, await bringFile(client, name, bytes));
    expect(document).toMatchObject({ status: "failed", reason, searchable: false });
    expect(document.error).toContain(REASONS[reason].slice(0, 30));
  }
  const { documents } = await client.json<{ documents: Document[] }>(`${DOCUMENTS}?status=failed`);
  expect(documents).toHaveLength(failing.length);
});

test.each<[string, unknown, string]>([
  ["neither text nor address", { name: "a" }, "text"],
  ["both", { name: "a", text: "x", url: "https://example.com" }, "text"],
  ["a text without a name", { text: "x" }, "name"],
  ["a name that is too long", { name: "n".repeat(256), text: "x" }, "name"],
  ["an address that is none", { url: "not an address" }, "url"],
  ["another scheme", { url: "file:///etc/passwd" }, "url"],
  ["metadata that is no object", { name: "a", text: "x", metadata: "x" }, "metadata"],
])("a body is refused by name: %s", async (_, json, field) => {
  const response = await new Client().fetch(DOCUMENTS, { json });
  expect(await told(response)).toEqual({ status: 400, code: "VALIDATION_ERROR", field });
});

test("a form without a file, with broken metadata, or of another type is refused by name", async () => {
  const client = new Client();
  const send = async (form: FormData) =>
    told(await client.fetch(DOCUMENTS, { method: "POST", body: form }));
  expect(await send(new FormData())).toMatchObject({ status: 400, field: "file" });
  const form = new FormData();
  form.set("file", new File(["x"], "a.txt"));
  form.set("metadata", "{");
  expect(await send(form)).toMatchObject({ status: 400, field: "metadata" });
  const plain = await client.fetch(DOCUMENTS, {
    method: "POST",
    body: "x",
    headers: { "Content-Type": "text/plain" },
  });
  expect(plain.status).toBe(415);
});

test("the same content twice is one document, another of its name is its next version", async () => {
  const client = new Client();
  const first = await know(client, { name: "fees.txt", text: "The fee is 10 euros." });
  const again = await client.fetch(DOCUMENTS, {
    json: { name: "copy.txt", text: "The fee is 10 euros." },
  });
  expect(again.status).toBe(200);
  expect(await again.json<Document>()).toMatchObject({ id: first.id, version: 1 });
  const next = await know(client, { name: "fees.txt", text: "The fee is 12 euros." });
  expect(next).toMatchObject({ id: first.id, version: 2 });
  const texts = (await searchFor(client, "fee euros")).map(({ text }) => text);
  expect(texts).toEqual(["The fee is 12 euros."]);
  const { objects } = await env.ORIGINALS.list({ prefix: `originals/` });
  expect(objects.filter(({ key }) => key.includes(first.id))).toHaveLength(1);
});

test("two uploads of one name at once are one document", async () => {
  const client = new Client();
  await client.json(DOCUMENTS); // a visitor before there are two of them
  const both = await Promise.all(
    ["One version.", "Another version."].map((text) => bring(client, { name: "race.txt", text })),
  );
  expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  const document = await eventually(async () => {
    const now = await documentOf(client, both[0]?.id ?? "");
    return now.status === "indexed" && now.version === 2 && now;
  }, 15_000);
  expect(document.searchable).toBe(true);
  expect(await searchFor(client, "version")).toHaveLength(1);
});

test("what fails as a new version leaves the old one to be found", async () => {
  const client = new Client();
  await know(client, { name: "rules.txt", text: "No running on the stairs." });
  const broken = await ended(client, await bringFile(client, "rules.txt", PICTURE));
  expect(broken).toMatchObject({ status: "failed", searchable: true, version: 2 });
  expect(await searchFor(client, "running stairs")).toHaveLength(1);
});

test("a document that is deleted is gone: from lists, searches, R2, and whoever comes late", async () => {
  const client = new Client();
  const document = await know(client, {
    name: "secret.txt",
    text: "The vault is under the stairs.",
  });
  const deleted = await client.fetch(`${DOCUMENTS}/${document.id}`, { method: "DELETE" });
  expect(deleted.status).toBe(204);
  expect(await searchFor(client, "vault stairs")).toEqual([]);
  expect((await client.fetch(`${DOCUMENTS}/${document.id}`)).status).toBe(404);
  const { objects } = await env.ORIGINALS.list({ prefix: "originals/" });
  expect(objects.filter(({ key }) => key.includes(document.id))).toEqual([]);
  const { results } = await env.DB.prepare("SELECT * FROM document_removals WHERE document_id = ?")
    .bind(document.id)
    .all();
  expect(results).toEqual([]);
  await deliver([messageOf(document)]);
  expect(await searchFor(client, "vault stairs")).toEqual([]);
});

test("a message that comes twice, late or for an old version changes nothing", async () => {
  const client = new Client();
  const first = await know(client, { name: "log.txt", text: "First text." });
  const second = await know(client, { name: "log.txt", text: "Second text." });
  const late = messageOf(first);
  const twice = messageOf(second);
  await deliver([twice, late, twice, late]);
  const document = await documentOf(client, first.id);
  expect(document).toMatchObject({ status: "indexed", version: 2 });
  expect((await searchFor(client, "text")).map(({ text }) => text)).toEqual(["Second text."]);
});

test("a message that nobody can read is let go", async () => {
  const { outcome } = await deliver([{ kind: "nonsense" } as unknown as IngestionMessage]);
  expect(outcome).toMatchObject({ explicitAcks: ["m0"] });
});

test("a document whose tries are used up has failed, and can be indexed anew", async () => {
  const client = new Client();
  const document = await know(client, { name: "a.txt", text: "Try and try again." });
  await env.DB.prepare("UPDATE documents SET status = 'processing' WHERE id = ?")
    .bind(document.id)
    .run();
  await deliver([messageOf(document)], "edgewise-ingestion-dead");
  expect(await documentOf(client, document.id)).toMatchObject({
    status: "failed",
    reason: "failed",
    searchable: true,
  });
  const response = await client.fetch(`${DOCUMENTS}/${document.id}/reindex`, { method: "POST" });
  expect(response.status).toBe(202);
  expect(await ended(client, document)).toMatchObject({ status: "indexed", version: 2 });
});

test("a document whose message was lost is taken up again when somebody looks", async () => {
  const client = new Client();
  const document = await know(client, { name: "a.txt", text: "Lost and found." });
  await env.DB.prepare("UPDATE documents SET status = 'queued', updated_at = 1 WHERE id = ?")
    .bind(document.id)
    .run();
  await client.json(DOCUMENTS);
  expect(await ended(client, document)).toMatchObject({ status: "indexed", version: 1 });
});

test("how a document comes along is told as it happens", async () => {
  const client = new Client();
  const document = await bring(client, {
    name: "long.txt",
    text: "A line of text.\n\n".repeat(5_000),
  });
  const events = await allEvents(await client.fetch(`${DOCUMENTS}/${document.id}/events`));
  expect(events.at(-1)).toMatchObject({ event: "indexed", data: { status: "indexed" } });
  expect(events.length).toBeGreaterThan(1);
  expect(events[0]?.event).toBe("progress");
});

test("the original comes back as it was, and as nothing that a browser would run", async () => {
  const client = new Client();
  const document = await bringFile(client, "page.html", PAGE);
  const response = await client.fetch(`${DOCUMENTS}/${document.id}/original`);
  expect(response.headers.get("Content-Type")).toBe("application/octet-stream");
  expect(response.headers.get("Content-Disposition")).toContain("attachment");
  expect(await response.text()).toBe(PAGE);
  await ended(client, document);
});

test("an address is fetched through the door out, and found by what it says", async () => {
  const client = new Client();
  const page = await know(client, { url: `${env.OUTSIDE_URL}/page.html` });
  expect(page).toMatchObject({ kind: "html", title: "The lighthouse keeper's handbook" });
  await know(client, { url: `${env.OUTSIDE_URL}/notes.txt`, name: "notes" });
  const [wick] = await searchFor(client, "how often is the wick trimmed");
  expect(wick?.document_id).toBe(page.id);
  expect(NOTES).toContain("217 steps");
  const [steps] = await searchFor(client, "stairs steps");
  expect(steps?.text).toContain("217 steps");
});

test.each([
  ["/inward", "refused"],
  ["/loop", "refused"],
  ["/status?code=404", "unreachable"],
  ["/lies", "unsupported"],
  ["/broken", "unreachable"],
  ["/big?bytes=30000000", "too_large"],
])("an address that leads to %s fails as %s", async (path, reason) => {
  const client = new Client();
  const document = await ended(client, await bring(client, { url: `${env.OUTSIDE_URL}${path}` }));
  expect(document).toMatchObject({ status: "failed", reason });
});

test.each(["http://169.254.169.254/latest", "http://10.0.0.1/", "https://user:pw@example.com/"])(
  "an address that may not be asked is refused: %s",
  async (url) => {
    const client = new Client();
    const document = await ended(client, await bring(client, { url }));
    expect(document).toMatchObject({ status: "failed", reason: "refused" });
  },
);

test("another tenant's document is not there, whatever is asked", async () => {
  const owner = new Client();
  const stranger = new Client();
  await stranger.json(DOCUMENTS);
  const document = await know(owner, { name: "a.txt", text: "Private words about walruses." });
  const at = `${DOCUMENTS}/${document.id}`;
  const asks: [string, RequestInit][] = [
    [at, {}],
    [`${at}/events`, {}],
    [`${at}/original`, {}],
    [`${at}/reindex`, { method: "POST" }],
    [at, { method: "DELETE" }],
    [`/api/v1/collections/${document.collection_id}`, {}],
    [`/api/v1/collections/${document.collection_id}`, { method: "DELETE" }],
    [`${DOCUMENTS}?collection=${document.collection_id}`, {}],
  ];
  for (const [path, init] of asks)
    expect([path, (await stranger.fetch(path, init)).status]).toEqual([path, 404]);
  const named = await stranger.fetch(`${DOCUMENTS}/search`, {
    json: { query: "walruses", collections: [document.collection_id] },
  });
  expect(named.status).toBe(404);
  expect(await searchFor(stranger, "walruses")).toEqual([]);
  const write = await stranger.fetch(DOCUMENTS, {
    json: { name: "b.txt", text: "x", collection: document.collection_id },
  });
  expect(write.status).toBe(404);
  // The same content brought by the stranger is their own, and new.
  const own = await know(stranger, { name: "a.txt", text: "Private words about walruses." });
  expect(own.id).not.toBe(document.id);
});

test("what is shared in an organisation is read by its members, and changed by its owner alone", async () => {
  const admin = await person({ role: "admin" });
  const organisation = await admin.json<{ id: string }>("/api/v1/admin/organisations", {
    json: { name: `org ${crypto.randomUUID()}` },
  });
  const [owner, member] = [await person(), await person()];
  for (const one of [owner, member]) {
    await one.join(admin, organisation.id, "user");
    await one.act(organisation.id);
  }
  const shared = await collectionOf(owner, { visibility: "organisation" });
  const own = await collectionOf(owner);
  await know(owner, { name: "s.txt", text: "The shared gannet.", collection: shared });
  await know(owner, { name: "p.txt", text: "The private gannet.", collection: own });
  expect((await searchFor(member, "gannet")).map(({ text }) => text)).toEqual([
    "The shared gannet.",
  ]);
  expect((await member.fetch(`/api/v1/collections/${own}`)).status).toBe(404);
  const denied = await member.fetch(DOCUMENTS, {
    json: { name: "x.txt", text: "x", collection: shared },
  });
  expect(denied.status).toBe(403);
  await owner.json(`/api/v1/collections/${shared}`, {
    method: "PATCH",
    json: { visibility: "private" },
  });
  expect(await searchFor(member, "gannet")).toEqual([]);
});

test("what is public is read by whoever knows its id, and listed to nobody else", async () => {
  const owner = new Client();
  const stranger = new Client();
  const collection = await collectionOf(owner, { visibility: "public" });
  await know(owner, { name: "p.txt", text: "Everybody may know of puffins.", collection });
  expect(await searchFor(stranger, "puffins", { collections: [collection] })).toHaveLength(1);
  expect(await searchFor(stranger, "puffins")).toEqual([]);
  const listed = (client: Client) =>
    client.json<{ collections: { documents: number }[] }>("/api/v1/collections");
  expect((await listed(stranger)).collections).toEqual([]);
  expect((await listed(owner)).collections).toMatchObject([{ documents: 1 }]);
  const write = await stranger.fetch(DOCUMENTS, {
    json: { name: "x.txt", text: "x", collection },
  });
  expect(write.status).toBe(403);
});

test("a collection goes with its documents", async () => {
  const client = new Client();
  const collection = await collectionOf(client);
  const document = await know(client, { name: "a.txt", text: "Going, going, gone.", collection });
  const response = await client.fetch(`/api/v1/collections/${collection}`, { method: "DELETE" });
  expect(response.status).toBe(204);
  expect((await client.fetch(`${DOCUMENTS}/${document.id}`)).status).toBe(404);
  expect(await searchFor(client, "going gone")).toEqual([]);
});

test("collections: what they are set to, one of each name, and what is refused", async () => {
  const client = new Client();
  const made = await client.json<{ id: string }>("/api/v1/collections", {
    json: { name: "Handbook", pattern: "agentic", chunking: { strategy: "sentence", size: 500 } },
  });
  expect(made).toMatchObject({
    pattern: "agentic",
    visibility: "private",
    chunking: { strategy: "sentence", size: 500, overlap: 200, unit: "characters" },
  });
  const twice = await client.fetch("/api/v1/collections", { json: { name: "Handbook" } });
  expect(twice.status).toBe(409);
  const wrong = await client.fetch("/api/v1/collections", {
    json: { name: "x", chunking: { size: 100, overlap: 90 } },
  });
  expect(await told(wrong)).toMatchObject({ status: 400, field: "chunking.overlap" });
  const changed = await client.json(`/api/v1/collections/${made.id}`, {
    method: "PATCH",
    json: { retrieval: { mode: "keyword", top_k: 3 }, description: "All of it" },
  });
  expect(changed).toMatchObject({
    pattern: "agentic",
    retrieval: { mode: "keyword", top_k: 3 },
    description: "All of it",
  });
});

test("searches: each mode finds, filters hold, and nonsense is refused by name", async () => {
  const client = new Client();
  await know(client, {
    name: "blue.txt",
    text: "The blue kite flies high.",
    metadata: { hue: "blue" },
  });
  await know(client, {
    name: "red.txt",
    text: "The red kite flies low.",
    metadata: { hue: "red" },
  });
  for (const mode of ["semantic", "keyword", "hybrid"]) {
    const [first] = await searchFor(client, "which kite flies high", { mode });
    expect([mode, first?.document_name]).toEqual([mode, "blue.txt"]);
    const filtered = await searchFor(client, "which kite flies", { mode, filters: { hue: "red" } });
    expect(filtered.map((it) => it.document_name)).toEqual(["red.txt"]);
  }
  const weighted = await searchFor(client, "high kite", {
    fusion: "weighted",
    alpha: 0.2,
    rerank: false,
  });
  expect(weighted[0]?.document_name).toBe("blue.txt");
  for (const { score } of weighted) expect(score).toBeGreaterThan(0);
  const wrong: [object, string][] = [
    [{ query: "" }, "query"],
    [{ query: "x", top_k: 0 }, "top_k"],
    [{ query: "x", mode: "magic" }, "mode"],
    [{ query: "x", filters: { a: { near: 1 } } }, "filters.a"],
    [{ query: "x", min_score: 2 }, "min_score"],
  ];
  for (const [json, field] of wrong)
    expect(await told(await client.fetch(`${DOCUMENTS}/search`, { json }))).toMatchObject({
      status: 400,
      field,
    });
});

test("how the two kinds are weighed is the caller's to say, and a field that nobody knows is told", async () => {
  const client = new Client();
  await know(client, { name: "keys.txt", text: "Lost keys cost 50 euros." });
  const both = { query: "what do lost keys cost", fusion: "weighted", min_score: 0 };
  const scoreAt = async (alpha: number) => {
    const { query, ...rest } = both;
    return (await searchFor(client, query, { ...rest, alpha }))[0]?.score;
  };
  expect(await scoreAt(0)).toBe(1);
  expect(await scoreAt(1)).toBeLessThan(1);
  const found = await client.json<{ notices: string[] }>(`${DOCUMENTS}/search`, {
    json: { query: "keys", filter: { a: 1 }, colections: [] },
  });
  expect(found.notices.join()).toContain("filter, colections");
});

test("what nothing says anything of is not found, and a threshold holds", async () => {
  const client = new Client();
  await know(client, { name: "a.txt", text: "Tortoises live for more than a hundred years." });
  expect(await searchFor(client, "how do I bake sourdough bread")).toEqual([]);
  const [found] = await searchFor(client, "how long do tortoises live");
  expect(found?.score).toBeGreaterThan(0);
  expect(await searchFor(client, "how long do tortoises live", { min_score: 1 })).toEqual([]);
});

/** As the queue would bring it. */
function messageOf({ id, version }: Document): IngestionMessage {
  return { kind: "document", tenant_id: "whoever", document_id: id, version };
}

async function deliver(bodies: IngestionMessage[], queue = "edgewise-ingestion") {
  const batch = createMessageBatch<IngestionMessage>(
    queue,
    bodies.map((body, at) => ({ id: `m${at}`, timestamp: new Date(), body, attempts: 1 })),
  );
  await worker.queue(batch);
  return { outcome: await getQueueResult(batch, createExecutionContext()) };
}
