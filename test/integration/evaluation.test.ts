import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { type Bindings, composeJobs, composeShared } from "../../src/compose.ts";
import { ingestQueued } from "../../src/jobs/ingestion.ts";
import { judgeMessage } from "../../src/rag/ingestion-message.ts";
import { appWith } from "./app-with.ts";
import { know } from "./brought.ts";
import { Client } from "./client.ts";

type Figures = Record<string, number | null>;
type Report = {
  id: string;
  notices: string[];
  configurations: {
    name: string;
    configuration: string;
    retrieval: Figures | null;
    judged: Figures;
    targets: { metric: string; value: number | null; met: boolean | null }[];
    cases?: { query: string; ranked: string[]; answer: string | null }[];
  }[];
};

async function zoo(): Promise<Client> {
  const client = new Client();
  await know(client, { name: "otters", text: "Otters hold hands while they sleep." });
  await know(client, { name: "owls", text: "Owls turn their heads by 270 degrees." });
  await know(client, { name: "bees", text: "Bees tell each other of flowers by dancing." });
  return client;
}

const CASES = [
  { query: "how far do owls turn their heads", relevant: [{ document_name: "owls" }] },
  {
    query: "why do bees dance, telling of flowers",
    relevant: [{ document_name: "bees", grade: 2 }],
  },
];

test("search is measured on labelled questions, each configuration beside the others and the targets", async () => {
  const client = await zoo();
  const report = await client.json<Report>("/api/v1/rag/evaluate", {
    json: {
      cases: CASES,
      configurations: [{ name: "words", mode: "keyword", rerank: false }, { name: "standard" }],
    },
  });
  expect(report.configurations.map(({ name }) => name)).toEqual(["words", "standard"]);
  for (const { retrieval, targets, cases } of report.configurations) {
    expect(retrieval).toMatchObject({ mrr_at_10: 1, ndcg_at_10: 1, recall_at_10: 1 });
    expect(retrieval?.["precision_at_5"]).toBeCloseTo(0.2);
    expect(targets.find(({ metric }) => metric === "recall_at_10")).toMatchObject({ met: true });
    expect(targets.find(({ metric }) => metric === "faithfulness")).toMatchObject({ met: null });
    expect(cases?.[0]?.ranked[0]).toBe("owls");
  }
});

test("figures are kept, and compared with each other", async () => {
  const client = await zoo();
  const evaluate = (name: string, mode: string) =>
    client.json<Report>("/api/v1/rag/evaluate", {
      json: { name, cases: CASES, configurations: [{ name: mode, mode }] },
    });
  const [one, two] = [await evaluate("first", "keyword"), await evaluate("second", "hybrid")];
  const { evaluations } = await client.json<{ evaluations: Report[] }>("/api/v1/rag/evaluations");
  expect(evaluations.map(({ id }) => id)).toEqual([two.id, one.id]);
  const { rows } = await client.json<{ rows: { name: string; difference: Figures }[] }>(
    `/api/v1/rag/evaluations/compare?ids=${one.id},${two.id}`,
  );
  expect(rows.map(({ name }) => name)).toEqual(["keyword", "hybrid"]);
  expect(rows[0]?.difference["ndcg_at_10"]).toBe(0);
  const stranger = await new Client().fetch(`/api/v1/rag/evaluations/compare?ids=${one.id}`);
  expect(stranger.status).toBe(404);
});

test("nobody can judge without a judge, and that is said", async () => {
  const client = await zoo();
  const { ask } = appWith({ DEFAULT_PROVIDER: "embedded" });
  const response = await ask("/api/v1/rag/evaluate", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ cases: CASES, judge: true }),
  });
  const report = await response.json<Report>();
  expect(report.notices.join()).toContain("JUDGE_MODEL");
  expect(report.configurations[0]?.judged["overall"]).toBeNull();
});

test("a judge's scores become the seed's weighted one, each beside its target", async () => {
  const client = await zoo();
  const { ask } = appWith({
    JUDGE_MODEL: "openai/stub:say=0.8",
    DEFAULT_PROVIDER: "embedded",
  });
  const response = await ask("/api/v1/rag/evaluate", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${client.token}` },
    body: JSON.stringify({
      judge: true,
      cases: [{ query: "how far do owls turn their heads", answer: "By 270 degrees [1]." }],
    }),
  });
  const { configurations } = await response.json<Report>();
  const { judged, cases } = configurations[0] ?? expect.unreachable();
  expect(cases?.[0]?.answer).toBe("By 270 degrees [1].");
  expect(judged).toMatchObject({
    context_relevance: 0.8,
    faithfulness: 0.8,
    answer_relevance: 0.8,
    groundedness: 0.8,
  });
  expect(judged["overall"]).toBeCloseTo(0.8);
});

test.each([
  [{ cases: [] }, "cases"],
  [{ cases: [{ query: "x", relevant: [{}] }] }, "cases.0.relevant.0"],
  [{ cases: Array.from({ length: 51 }, () => ({ query: "x" })), judge: true }, "cases"],
  [
    { cases: [{ query: "x" }], configurations: [{ name: "a", mode: "y" }] },
    "configurations.0.mode",
  ],
])("what cannot be measured is refused by name", async (json, field) => {
  const response = await new Client().fetch("/api/v1/rag/evaluate", { json });
  const { error } = await response.json<{ error: { details: { field: string } } }>();
  expect([response.status, error.details.field]).toEqual([400, field]);
});

test("a turn is judged after it has ended, once, and its figures are told by how was searched", async () => {
  const client = await zoo();
  const tenant_id = /^ewv_(user_\w{26})/.exec(String(client.token))?.[1] ?? "";
  const its: Bindings = { ...env, JUDGE_MODEL: "openai/stub:say=0.5" } as Bindings;
  const jobs = composeJobs(its, composeShared(its));
  const source = {
    number: 1,
    chunk_id: "doc_a:1:0",
    document_id: "doc_a",
    document_name: "owls",
    collection_id: "col_a",
    title: null,
    page: null,
    pages: [],
    heading_path: [],
    score: 1,
    text: "Owls turn their heads by 270 degrees.",
  };
  const message = judgeMessage({
    tenant_id,
    user_id: tenant_id,
    turn_id: `turn_${crypto.randomUUID()}`,
    query: "How far do owls turn their heads?",
    answer: "By 270 degrees [1].",
    sources: [source],
    metadata: { retrieval: { configuration: "hybrid, rrf, top 5" } },
    latency_ms: 12,
  });
  if (message === null) return expect.unreachable();
  for (let n = 0; n < 2; n++) {
    const batch = createMessageBatch("edgewise-ingestion", [
      { id: "m", timestamp: new Date(), body: message, attempts: 1 },
    ]);
    await ingestQueued(batch, jobs);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(["m"]);
  }
  const quality = await client.json<{ configurations: object[] }>("/api/v1/rag/quality");
  expect(quality.configurations).toEqual([
    {
      configuration: "hybrid, rrf, top 5",
      turns: 1,
      context_relevance: 0.5,
      faithfulness: 0.5,
      answer_relevance: 0.5,
      groundedness: 0.5,
      overall: 0.5,
      latency_ms: 12,
    },
  ]);
});

test.each([
  [{ JUDGE_MODEL: "openai/stub:say=1" }, 0.049, 1],
  [{ JUDGE_MODEL: "openai/stub:say=1" }, 0.051, 0],
  [{ JUDGE_MODEL: "openai/stub:say=1", RAG_EVALUATION_SHARE: "0" }, 0, 0],
  [{}, 0, 0],
])(
  "a share of turns is judged, where there is a judge: %o at %d",
  async (variables, chance, times) => {
    const client = await zoo();
    const { ask } = appWith({ DEFAULT_PROVIDER: "embedded", ...variables });
    const sent = vi.spyOn(env.INGESTION, "send").mockResolvedValue(undefined as never);
    const random = vi.spyOn(Math, "random").mockReturnValue(chance);
    try {
      const response = await ask("/api/v1/chat/direct", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${client.token}` },
        body: JSON.stringify({
          use_rag: true,
          messages: [{ role: "user", content: "How far do owls turn their heads?" }],
        }),
      });
      expect(response.status).toBe(200);
      expect(sent.mock.calls.map(([message]) => message)).toEqual(
        Array.from({ length: times }, () =>
          expect.objectContaining({
            kind: "judge",
            query: "How far do owls turn their heads?",
            sources: [expect.objectContaining({ document_name: "owls" })],
          }),
        ),
      );
    } finally {
      sent.mockRestore();
      random.mockRestore();
    }
  },
);

test("a turn without sources is nothing to judge, and a long one fits into its message", () => {
  const turn = {
    tenant_id: "t",
    user_id: "u",
    turn_id: "turn_1",
    query: "q".repeat(100_000),
    answer: "語".repeat(100_000),
    metadata: { retrieval: { configuration: "hybrid" } },
    latency_ms: 1,
  };
  expect(judgeMessage({ ...turn, sources: [] })).toBeNull();
  const source = {
    number: 1,
    chunk_id: "c",
    document_id: "d",
    document_name: "n",
    collection_id: "c",
    title: null,
    page: null,
    pages: [],
    heading_path: [],
    score: 1,
    text: "語".repeat(100_000),
  };
  const message = judgeMessage({ ...turn, sources: Array.from({ length: 50 }, () => source) });
  expect(new TextEncoder().encode(JSON.stringify(message)).length).toBeLessThan(120_000);
});
