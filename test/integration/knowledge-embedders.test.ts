// Whose vectors an index has: made by the one that is configured, kept while another takes over, and done
// without where nobody answers.
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Bindings, composeJobs, composeShared } from "../../src/compose.ts";
import { ingestQueued } from "../../src/jobs/ingestion.ts";
import type { SearchResult } from "../../src/protocol/knowledge.ts";
import type { IngestionMessage } from "../../src/rag/ingestion-message.ts";
import { appWith } from "./app-with.ts";
import { type Document, DOCUMENTS, know } from "./brought.ts";
import { Client, newTag } from "./client.ts";
import { personWith } from "./people.ts";

type Found = { results: SearchResult[]; notices: string[] };

/** An installation with another embedder, on the same storage; its queue is emptied by hand. */
function installation(model: string) {
  const variables = { EMBEDDING_MODEL: model };
  const queued: IngestionMessage[] = [];
  const ingestion = {
    send: async (message: IngestionMessage) => {
      queued.push(message);
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    },
  };
  const { ask } = appWith(variables, () => ({ ingestion }));
  const its: Bindings = { ...env, ...variables };
  const jobs = { ...composeJobs(its, composeShared(its)), ingestion };
  const consume = async (messages: IngestionMessage[] = queued.splice(0), attempts = 1) => {
    const batch = createMessageBatch<IngestionMessage>(
      "edgewise-ingestion",
      messages.map((body, at) => ({ id: `m${at}`, timestamp: new Date(), body, attempts })),
    );
    await ingestQueued(batch, jobs);
    return getQueueResult(batch, createExecutionContext());
  };
  let token: string | undefined;
  const json = async <T>(path: string, body?: object): Promise<T> => {
    const response = await ask(path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        "Content-Type": "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    token ??= response.headers.get("X-Visitor-Token") ?? undefined;
    if (!response.ok) throw new Error(await response.text());
    return response.json<T>();
  };
  return {
    queued,
    consume,
    json,
    as: (client: Client) => {
      token = client.token;
    },
    search: (query: string, rest: object = {}) =>
      json<Found>(`${DOCUMENTS}/search`, { query, ...rest }),
  };
}

const VECTORS = "openai/stub-vectors:dims=64";

test("what an embedder knows the meaning of is found in other words", async () => {
  const its = installation(VECTORS);
  const body = { name: "a.txt", text: "An automobile needs a yearly inspection." };
  const { id } = await its.json<Document>(DOCUMENTS, body);
  await its.consume();
  expect(await its.json(`${DOCUMENTS}/${id}`)).toMatchObject({ status: "indexed" });
  const { results } = await its.search("vehicle inspection yearly", { mode: "semantic" });
  expect(results[0]).toMatchObject({ document_id: id });
  expect(results[0]?.scores.semantic).toBeGreaterThan(0.7);
});

test("another embedder takes over in the background, and the one before it serves until then", async () => {
  const client = new Client();
  await know(client, { name: "a.txt", text: "The physician sees patients on Mondays." });
  const its = installation(VECTORS);
  its.as(client);
  const before = await its.search("physician patients Mondays");
  expect(before.results).toHaveLength(1);
  expect(before.notices).toEqual([]);
  // It was noticed that another one is configured.
  const tenant_id = /^ewv_(user_\w{26})/.exec(String(client.token))?.[1] ?? "";
  await its.consume([{ kind: "reembed", tenant_id }]);
  const after = await its.search("doctor patients", { mode: "semantic", min_score: 0.1 });
  expect(after.results[0]?.scores.semantic).toBeGreaterThan(0.2);
  // What is brought now has the new vectors alone.
  await its.json(DOCUMENTS, { name: "b.txt", text: "You can purchase tickets online." });
  await its.consume();
  const bought = await its.search("buy tickets online", { mode: "semantic", min_score: 0.3 });
  expect(bought.results[0]?.document_name).toBe("b.txt");
});

test("an embedder that fails is tried again, and what it had done is not lost", async () => {
  const its = installation(`openai/stub-vectors:dims=8,fault=500x1,tag=${newTag()}`);
  const { id } = await its.json<Document>(DOCUMENTS, { name: "a.txt", text: "Try again." });
  const [message] = its.queued;
  if (message === undefined) return expect.unreachable();
  const first = await its.consume();
  expect(first.retryMessages).toHaveLength(1);
  expect(await its.json(`${DOCUMENTS}/${id}`)).toMatchObject({ status: "processing" });
  const second = await its.consume([message], 2);
  expect(second.explicitAcks).toEqual(["m0"]);
  expect(await its.json(`${DOCUMENTS}/${id}`)).toMatchObject({ status: "indexed" });
});

test("where the embedder does not answer, words are searched, and that is said", async () => {
  const tag = newTag();
  // It answers once, for the document.
  const its = installation(`openai/stub-vectors:dims=8,fault=500x9,tag=${tag}`);
  const working = installation(`openai/stub-vectors:dims=8`);
  await working.json(DOCUMENTS, { name: "a.txt", text: "Foxes dig their dens in April." });
  await working.consume();
  const found = await working.search("when do foxes dig dens");
  expect(found.notices).toEqual([]);
  await its.json(DOCUMENTS, { name: "a.txt", text: "Foxes dig their dens in April." });
  const without = await its.search("when do foxes dig dens");
  expect(without.results).toEqual([]);
  expect(without.notices.join()).toContain("Meaning was not searched");
});

test("what embedders read is in the books", async () => {
  const its = installation(VECTORS);
  await its.json(DOCUMENTS, { name: "a.txt", text: "Every word has its price." });
  await its.consume();
  await its.search("price of words");
  const events = await Promise.race([
    (async () => {
      for (;;) {
        const { results } = await env.DB.prepare(
          "SELECT feature, purpose, provider, prompt_tokens FROM usage_events WHERE model LIKE 'stub-vectors%' AND purpose = 'embedding' ORDER BY at DESC LIMIT 50",
        ).all<{ feature: string; prompt_tokens: number }>();
        const features = new Set(results.map(({ feature }) => feature));
        if (features.has("ingestion") && features.has("search")) return results;
        await scheduler.wait(50);
      }
    })(),
    scheduler.wait(8_000).then(() => []),
  ]);
  expect(events.length).toBeGreaterThan(1);
  for (const { prompt_tokens } of events) expect(prompt_tokens).toBeGreaterThan(0);
});

test("what costs is reserved before it is done: a budget that is spent stops uploads, searches and judges", async () => {
  const poor = await personWith({ daily_tokens: 0 });
  const its = installation(VECTORS);
  its.as(poor);
  const document = { name: "a.txt", text: "Nobody pays for this." };
  await expect(its.json(DOCUMENTS, document)).rejects.toThrow("BUDGET_EXCEEDED");
  await expect(its.search("anything")).rejects.toThrow("BUDGET_EXCEEDED");
  const evaluation = { cases: [{ query: "anything" }], judge: true };
  await expect(its.json("/api/v1/rag/evaluate", evaluation)).rejects.toThrow("BUDGET_EXCEEDED");
  // With nothing that costs, only models do.
  const free = await poor.fetch(`${DOCUMENTS}/search`, { json: { query: "anything" } });
  expect(free.status).toBe(200);
  const model = { query: "anything", rerank: "model" };
  expect((await poor.fetch(`${DOCUMENTS}/search`, { json: model })).status).toBe(402);
});
