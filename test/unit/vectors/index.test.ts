// The index of knowledge over Vectorize: what is written is found only later, and what is here and there agrees.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { vectorOf } from "../../../src/llm/embedders/embedded.ts";
import type { DocumentHead } from "../../../src/rag/index/calls.ts";
import { KnowledgeShard } from "../../../src/rag/index/shard.ts";
import { Sql } from "../../../src/store/sql.ts";
import { SegmentStore } from "../../../src/vectors/segment-store.ts";
import { VectorizeStore } from "../../../src/vectors/vectorize-store.ts";
import { FakeVectorize } from "../../stub/vectorize.ts";

const head: DocumentHead = {
  name: "a.txt",
  title: null,
  kind: "text",
  author: null,
  language: null,
  date: "2026-01-01",
  metadata: {},
};
const part = { document: "doc_a", version: 1 };
const chunkOf = (text: string, position: number) => ({
  position,
  text,
  page: null,
  pages: [],
  heading_path: [],
  overlap: 0,
});

async function withShard(
  work: (shard: KnowledgeShard, fake: FakeVectorize) => Promise<void>,
): Promise<void> {
  const stub = env.KNOWLEDGE.get(env.KNOWLEDGE.newUniqueId());
  await runInDurableObject(stub, async (_, state) => {
    const sql = new Sql(state.storage);
    const fake = new FakeVectorize({ dimensions: 256, metadataIndexes: ["part", "collection"] });
    const elsewhere = () => new VectorizeStore(fake, 256);
    const stores = { own: new SegmentStore(sql), elsewhere, name: "user_a" };
    await work(new KnowledgeShard(sql, false, stores, () => undefined), fake);
  });
}

async function stage(shard: KnowledgeShard, texts: string[], of = part): Promise<void> {
  await shard.begin({ ...of, collection: "col_a", head, total: texts.length });
  await shard.stage(of, texts.map(chunkOf));
  await shard.embedded(
    1,
    of,
    0,
    texts.map((text) => vectorOf(text)),
  );
}

const find = async (shard: KnowledgeShard, text: string) => {
  const { candidates } = await shard.searchShard(
    {
      text,
      words: false,
      vector: { embedder: "embedded/1", values: vectorOf(text), scan: true, told: true },
      collections: ["col_a"],
      filters: {},
      limit: 10,
      expand: false,
    },
    1,
  );
  return candidates.map((candidate) => candidate.text);
};

test("a document is not indexed before what was written can be found", async () => {
  await withShard(async (shard, fake) => {
    await stage(shard, ["Herons wade.", "Storks clatter."]);
    expect(await shard.publish(1, part)).toBe("waiting");
    fake.settle();
    expect(await shard.publish(1, part)).toBe("published");
    expect(await find(shard, "Herons wade.")).toContain("Herons wade.");
  });
});

test("vectors of what was never published, or is gone here, are found nowhere", async () => {
  await withShard(async (shard, fake) => {
    await stage(shard, ["Herons wade."]);
    fake.settle();
    // A crash between vectors and words: the version is there, and not live.
    expect(await find(shard, "Herons wade.")).toEqual([]);
    await shard.publish(1, part);
    await shard.remove([part.document]);
    // Vectorize still has them.
    expect(await find(shard, "Herons wade.")).toEqual([]);
    while (await shard.clear());
    fake.settle();
    expect(fake.calls.deleteByIds).toBeGreaterThan(0);
    const store = new VectorizeStore(fake, 256);
    expect((await store.get("user_a.1", ["doc_a:1:0"])).size).toBe(0);
  });
});

test("a new version is found whole, and the old one no more, while both are in Vectorize", async () => {
  await withShard(async (shard, fake) => {
    await stage(shard, ["Herons wade.", "Herons nest."]);
    fake.settle();
    await shard.publish(1, part);
    const next = { document: "doc_a", version: 2 };
    await stage(shard, ["Herons fish."], next);
    fake.settle();
    expect(await find(shard, "Herons")).toHaveLength(2);
    await shard.publish(1, next);
    expect(await find(shard, "Herons")).toEqual(["Herons fish."]);
  });
});
