// The index of a tenant, asked as the rooms above it ask: what is staged, what is live, what is gone.
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { Filters } from "../../src/protocol/knowledge.ts";
import type {
  Candidate,
  DocumentHead,
  IndexAnswer,
  OtherEmbedder,
} from "../../src/rag/index/calls.ts";
import { KnowledgeShard } from "../../src/rag/index/shard.ts";
import { vectorOf } from "../../src/llm/embedders/embedded.ts";
import { newTag } from "./client.ts";

const EMBEDDER = "embedded/1";

const stubOf = (name: string) => env.KNOWLEDGE.get(env.KNOWLEDGE.idFromName(name));
type Index = ReturnType<typeof indexOf>;

/** A tenant of its own. */
function indexOf(tenant = `user_${newTag()}`) {
  const first = stubOf(tenant);
  const shard = (n: number) => (n === 0 ? first : stubOf(`${tenant}#${n}`));
  return { tenant, first, shard };
}

let made = 0;
const newDocument = () => `doc_${Date.now().toString(36)}${(made += 1).toString(36)}`;

const headOf = (name: string, rest: Partial<DocumentHead> = {}): DocumentHead => ({
  name,
  title: null,
  kind: "text",
  author: null,
  language: "en",
  date: "2026-01-01T00:00:00.000Z",
  metadata: {},
  ...rest,
});

const chunksOf = (texts: readonly string[]) =>
  texts.map((text, position) => ({
    position,
    text,
    page: null,
    pages: [],
    heading_path: [],
    overlap: 0,
  }));

type Brought = {
  document?: string;
  version?: number;
  collection?: string;
  name?: string;
  head?: Partial<DocumentHead>;
  texts: string[];
};

/** Staged, with vectors, and not yet live. */
async function staged(index: Index, { document = newDocument(), version = 1, ...rest }: Brought) {
  const { collection = "col_a", name = "a.txt", head, texts } = rest;
  const { shard: n, generations } = await index.first.place(document, EMBEDDER);
  const shard = index.shard(n);
  const part = { document, version };
  await shard.begin({ ...part, collection, head: headOf(name, head), total: texts.length });
  await shard.stage(part, chunksOf(texts));
  const generation = generations.current.n;
  for (;;) {
    const pending = await shard.pending(generation, part, 64);
    if (pending === null || pending === "gone") break;
    const vectors = pending.chunks.map(({ text, vector }) => vector ?? vectorOf(text));
    await shard.embedded(generation, part, pending.done, vectors);
  }
  return { ...part, shard, generation };
}

async function live(index: Index, brought: Brought) {
  const part = await staged(index, brought);
  const { document, version } = part;
  expect(await part.shard.publish(part.generation, { document, version })).toBe("published");
  return part;
}

type Looking = {
  told?: boolean;
  collections?: string[];
  filters?: Filters;
  meaning?: boolean;
  words?: boolean;
};

const WHOLLY = { scan: true, told: true };

async function find(
  index: Index,
  text: string,
  {
    collections = ["col_a"],
    filters = {},
    meaning = true,
    words = true,
    told = true,
  }: Looking = {},
): Promise<IndexAnswer> {
  const vector = meaning ? { embedder: EMBEDDER, values: vectorOf(text), scan: false, told } : null;
  const answer = await index.first.search({
    text,
    words,
    vector,
    collections,
    filters,
    limit: 50,
    expand: false,
  });
  if ("embedder" in answer) throw new Error("another embedder serves");
  return answer;
}

const textsIn = ({ candidates }: IndexAnswer) => candidates.map(({ text }) => text).sort();

test("an index that was never written to finds nothing, and leaves nothing behind", async () => {
  const index = indexOf();
  expect((await find(index, "anything")).candidates).toEqual([]);
  expect(await index.first.figures()).toMatchObject({ documents: 0, chunks: 0, shards: 0 });
});

test("what is live is found by its words and by its vector, what is staged by neither", async () => {
  const index = indexOf();
  await live(index, { texts: ["Badgers dig long tunnels."] });
  await staged(index, { name: "b.txt", texts: ["Badgers also sleep by day."] });
  expect(textsIn(await find(index, "badgers"))).toEqual(["Badgers dig long tunnels."]);
  expect(textsIn(await find(index, "badgers", { words: false }))).toEqual([
    "Badgers dig long tunnels.",
  ]);
});

test("what is staged hides nothing that is live, however much better it fits", async () => {
  const index = indexOf();
  await live(index, { texts: ["A badger, and much else that has nothing to do with any."] });
  await staged(index, { name: "b.txt", texts: Array.from({ length: 60 }, () => "Badger badger.") });
  const found = await find(index, "badger", { meaning: false });
  expect(found.candidates).toHaveLength(1);
});

test("vectors are told to those who want them, cosines to everybody", async () => {
  const index = indexOf();
  await live(index, { texts: ["Badgers dig long tunnels.", "Herons stand in the shallows."] });
  for (const told of [true, false]) {
    const { candidates } = await find(index, "badgers", { told });
    expect(candidates).toHaveLength(2);
    for (const { semantic, vector } of candidates) {
      expect(semantic).not.toBeNull();
      expect(vector !== null).toBe(told);
    }
  }
});

test("a new version takes the place of the old one in one step", async () => {
  const index = indexOf();
  const { document } = await live(index, { texts: ["The fee is 10 euros.", "It is due in May."] });
  const next = await staged(index, { document, version: 2, texts: ["The fee is 12 euros."] });
  expect(textsIn(await find(index, "fee euros due"))).toEqual([
    "It is due in May.",
    "The fee is 10 euros.",
  ]);
  await next.shard.publish(next.generation, { document, version: 2 });
  expect(textsIn(await find(index, "fee euros due"))).toEqual(["The fee is 12 euros."]);
});

test("an old version that comes late changes nothing", async () => {
  const index = indexOf();
  const document = newDocument();
  const { shard } = await live(index, { document, version: 3, texts: ["Third edition."] });
  const part = { document, version: 2 };
  const late = { ...part, collection: "col_a", head: headOf("a.txt"), total: 1 };
  expect(await shard.begin(late)).toBe("gone");
  expect(await shard.stage(part, chunksOf(["Second edition."]))).toBe("gone");
  expect(textsIn(await find(index, "edition"))).toEqual(["Third edition."]);
});

test("what is delivered twice is there once", async () => {
  const index = indexOf();
  const document = newDocument();
  const { shard } = await live(index, { document, texts: ["Only once."] });
  const part = { document, version: 1 };
  expect(await shard.begin({ ...part, collection: "col_a", head: headOf("a"), total: 1 })).toBe(
    "live",
  );
  await shard.stage(part, chunksOf(["Only once."]));
  expect((await find(index, "once")).candidates).toHaveLength(1);
  expect(await index.first.figures()).toMatchObject({ documents: 1, chunks: 1 });
});

test("whoever was interrupted goes on where it stopped", async () => {
  const index = indexOf();
  const part = { document: newDocument(), version: 1 };
  const texts = ["One heron.", "Two herons.", "Three herons."];
  const { generations } = await index.first.place(part.document, EMBEDDER);
  const { n } = generations.current;
  const { first: shard } = index;
  await shard.begin({ ...part, collection: "col_a", head: headOf("a.txt"), total: 3 });
  await shard.stage(part, chunksOf(texts).slice(0, 2));
  expect(await shard.stateOf(part)).toBe("absent");
  // Not whole: it begins anew, and what was staged is not there twice.
  await shard.begin({ ...part, collection: "col_a", head: headOf("a.txt"), total: 3 });
  await shard.stage(part, chunksOf(texts));
  await shard.stage(part, chunksOf(texts));
  expect(await shard.stateOf(part)).toBe("staged");
  const vectors = texts.map((text) => vectorOf(text));
  await shard.embedded(n, part, 0, vectors.slice(0, 1));
  expect(await shard.publish(n, part)).toBe("waiting");
  expect(await shard.pending(n, part, 10)).toMatchObject({ done: 1, total: 3 });
  await shard.embedded(n, part, 2, vectors.slice(2)); // a gap: it is not taken
  expect(await shard.pending(n, part, 10)).toMatchObject({ done: 1 });
  await shard.embedded(n, part, 0, vectors); // what is there already is not written again
  expect(await shard.pending(n, part, 10)).toBeNull();
  expect(await shard.publish(n, part)).toBe("published");
  expect((await find(index, "herons")).candidates).toHaveLength(3);
});

test("text that did not change is not embedded again", async () => {
  const index = indexOf();
  const { document } = await live(index, { texts: ["It stays.", "It goes."] });
  const part = { document, version: 2 };
  const { generations } = await index.first.place(document, EMBEDDER);
  await index.first.begin({ ...part, collection: "col_a", head: headOf("a.txt"), total: 2 });
  await index.first.stage(part, chunksOf(["It stays.", "It is new."]));
  const pending = await index.first.pending(generations.current.n, part, 10);
  if (pending === null || pending === "gone") return expect.unreachable();
  expect(pending.chunks.map(({ vector }) => vector !== null)).toEqual([true, false]);
});

test("what is removed is found no more, is cleared away, and does not come back", async () => {
  const index = indexOf();
  const { document, shard } = await live(index, { texts: ["A secret.", "Another secret."] });
  await live(index, { name: "b.txt", texts: ["No secret at all."] });
  await index.first.forget([document]);
  expect(textsIn(await find(index, "secret"))).toEqual(["No secret at all."]);
  while (await runDurableObjectAlarm(index.first));
  expect(await index.first.figures()).toMatchObject({ documents: 1, chunks: 1 });
  const part = { document, version: 2 };
  expect(await shard.begin({ ...part, collection: "col_a", head: headOf("a"), total: 1 })).toBe(
    "gone",
  );
});

test("what is removed in the middle of its way never becomes live", async () => {
  const index = indexOf();
  const { document, shard, generation } = await staged(index, { texts: ["Half way."] });
  await index.first.forget([document]);
  expect(await shard.publish(generation, { document, version: 1 })).toBe("gone");
  expect(await shard.pending(generation, { document, version: 1 }, 10)).toBe("gone");
  expect(await shard.embedded(generation, { document, version: 1 }, 0, [vectorOf("x")])).toBe(
    "gone",
  );
  expect((await find(index, "half")).candidates).toEqual([]);
});

test("what never came, and is removed, must not come any more", async () => {
  const index = indexOf();
  const document = newDocument();
  await index.first.forget([document]);
  const part = { document, version: 1, collection: "col_a", head: headOf("a"), total: 1 };
  expect(await index.first.begin(part)).toBe("gone");
});

test("only the collections that are named are searched", async () => {
  const index = indexOf();
  await live(index, { collection: "col_a", texts: ["Apples in A."] });
  await live(index, { collection: "col_b", name: "b.txt", texts: ["Apples in B."] });
  expect(textsIn(await find(index, "apples", { collections: ["col_b"] }))).toEqual([
    "Apples in B.",
  ]);
  expect(textsIn(await find(index, "apples", { collections: ["col_a", "col_b"] }))).toHaveLength(2);
  expect(textsIn(await find(index, "apples", { collections: ["col_x"] }))).toEqual([]);
});

test.each<[string, Filters, string[]]>([
  ["a value", { team: "blue" }, ["Blue kites."]],
  ["one of several", { team: ["blue", "red"] }, ["Blue kites.", "Red kites."]],
  ["anything but", { team: { ne: "blue" } }, ["Old kites.", "Red kites."]],
  ["none of several", { team: { nin: ["blue", "red"] } }, ["Old kites."]],
  ["a number above", { size: { gt: 5 } }, ["Red kites."]],
  ["a number within", { size: { gte: 5, lt: 9 } }, ["Blue kites."]],
  ["text has no order with numbers", { team: { gt: 3 } }, []],
  ["yes or no", { draft: true }, ["Old kites."]],
  ["one of a list of its own", { tags: "b" }, ["Blue kites.", "Red kites."]],
  ["a date from", { date: { gte: "2026-01-01" } }, ["Blue kites.", "Red kites."]],
  ["a date before", { date: { lt: "2021" } }, ["Old kites."]],
  ["its kind", { kind: "pdf" }, ["Red kites."]],
  ["its name", { document_name: "old.txt" }, ["Old kites."]],
  ["its author and a value", { author: "Ann", team: "red" }, ["Red kites."]],
  ["a name full of signs", { "x\"]' OR 1=1 --": "y" }, ["Old kites."]],
  ["what nobody has", { nothing: "here" }, []],
])("filters: %s", async (_, filters, expected) => {
  const index = indexOf();
  const own = { collection: "col_a" };
  await live(index, {
    ...own,
    name: "blue.txt",
    head: { metadata: { team: "blue", size: 5, tags: ["a", "b"] } },
    texts: ["Blue kites."],
  });
  await live(index, {
    ...own,
    name: "red.pdf",
    head: { kind: "pdf", author: "Ann", metadata: { team: "red", size: 9, tags: ["b"] } },
    texts: ["Red kites."],
  });
  await live(index, {
    ...own,
    name: "old.txt",
    head: {
      date: "2020-06-01T00:00:00.000Z",
      metadata: { draft: true, "x\"]' OR 1=1 --": "y" },
    },
    texts: ["Old kites."],
  });
  expect(textsIn(await find(index, "kites", { filters }))).toEqual(expected);
  // The same by meaning alone.
  expect(textsIn(await find(index, "kites", { filters, words: false }))).toEqual(expected);
});

test.each([
  '"',
  "*",
  "NEAR(a b)",
  "-kites",
  "(kites",
  "kites AND",
  "title:kites",
  "{title}: kites",
  "a\0b",
  "^kites",
  "\ud800",
  "' OR 1=1 --",
])("nothing that is typed is ever a query's syntax: %j", async (query) => {
  const index = indexOf();
  await live(index, { texts: ["Some kites."] });
  const { candidates } = await find(index, query, { meaning: false });
  expect(candidates.length).toBeLessThanOrEqual(1);
});

test("a filter that leaves many documents keeps out what it does not name", async () => {
  const index = indexOf();
  const texts = ["A badger."];
  for (let n = 0; n < 310; n++)
    await live(index, { name: `${n}.txt`, head: { language: "de" }, texts });
  for (let n = 0; n < 60; n++)
    await live(index, { name: `en ${n}.txt`, head: { language: "en" }, texts: ["Badger badger."] });
  const looking = { meaning: false, filters: { language: "de" } };
  const { candidates } = await find(index, "badger", looking);
  expect(candidates).toHaveLength(50);
  expect(candidates.every(({ head }) => head.language === "de")).toBe(true);
});

test("what a filter leaves is found below any number of better ones that it does not", async () => {
  const index = indexOf();
  for (let n = 0; n < 310; n++)
    await live(index, {
      name: `${n}.txt`,
      head: { language: "de" },
      texts: ["A badger in a wood."],
    });
  const texts = Array.from({ length: 2000 }, () => "Badger badger.");
  await live(index, { name: "en.txt", head: { language: "en" }, texts });
  const looking = { meaning: false, filters: { language: "de" } };
  const { candidates } = await find(index, "badger", looking);
  expect(candidates).toHaveLength(50);
  expect(candidates.every(({ head }) => head.language === "de")).toBe(true);
});

test("one stop word is looked for, too", async () => {
  const index = indexOf();
  await live(index, { texts: ["To be or not to be, that is the question."] });
  expect((await find(index, "the", { meaning: false })).candidates).toHaveLength(1);
});

test("Chinese is found by parts of what is written without spaces", async () => {
  const index = indexOf();
  await live(index, { texts: ["年假每年三十天。", "办公室八点开门。"] });
  expect(textsIn(await find(index, "年假", { meaning: false }))).toEqual(["年假每年三十天。"]);
});

test("two tenants with the same document: each finds its own, and numbers tell nothing of the other", async () => {
  const texts = ["The wages of fear are 100 a day."];
  const one = indexOf();
  const other = indexOf();
  await live(one, { texts });
  const alone = await find(one, "wages fear");
  await live(other, { texts });
  await live(other, { name: "b.txt", texts: ["Wages, wages, wages and fear."] });
  expect(await find(one, "wages fear")).toEqual(alone);
  expect((await find(indexOf(), "wages fear")).candidates).toEqual([]);
});

test("documents beyond a shard's size go on in another, and are found, replaced and removed there", async () => {
  const index = indexOf();
  const many = Array.from({ length: 1_000 }, (_, n) => `Filler number ${n}.`);
  await live(index, { texts: many });
  const { document } = await live(index, { name: "b.txt", texts: ["A lone ocelot."] });
  expect(await index.first.figures()).toMatchObject({ shards: 2, documents: 2, chunks: 1_001 });
  expect(textsIn(await find(index, "ocelot"))).toContain("A lone ocelot.");
  await live(index, { document, version: 2, texts: ["Two ocelots."] });
  expect((await find(index, "ocelots", { meaning: false })).candidates).toHaveLength(1);
  await index.first.forget([document]);
  expect((await find(index, "ocelots", { meaning: false })).candidates).toEqual([]);
});

test("another embedder fills its vectors while the one before it serves, then takes its place", async () => {
  const index = indexOf();
  await live(index, { texts: ["Lanterns are lit at dusk."] });
  const generations = await index.first.generations("openai/other");
  expect(generations).toMatchObject({
    current: { embedder: EMBEDDER },
    next: { embedder: "openai/other" },
  });
  const next = generations?.next?.n ?? 0;
  expect(await index.first.advance(next)).toBe(false);
  expect(textsIn(await find(index, "lanterns"))).toHaveLength(1);
  const pending = await index.first.pending(next, null, 10);
  if (pending === null || pending === "gone") return expect.unreachable();
  const part = { document: pending.document, version: pending.version };
  await index.first.embedded(next, part, 0, [Float32Array.from([0.6, 0.8])]);
  expect(await index.first.pending(next, null, 10)).toBeNull();
  expect(await index.first.advance(next)).toBe(true);
  const query = { text: "lanterns", words: false, collections: ["col_a"], filters: {}, limit: 5 };
  const asked = { ...query, expand: false };
  const old = { embedder: EMBEDDER, values: vectorOf("lanterns"), ...WHOLLY };
  expect(await index.first.search({ ...asked, vector: old })).toEqual({ embedder: "openai/other" });
  const values = Float32Array.from([1, 0]);
  const found: IndexAnswer | OtherEmbedder = await index.first.search({
    ...asked,
    vector: { embedder: "openai/other", values, ...WHOLLY },
  });
  if ("embedder" in found) return expect.unreachable();
  expect((found as IndexAnswer).candidates[0]?.semantic).toBeCloseTo(0.6);
});

test("vectors that serve no more are taken away, though it fails at first", async () => {
  const index = indexOf();
  const { generation } = await live(index, { texts: ["Lanterns are lit at dusk."] });
  const next = (await index.first.generations("openai/other"))?.next?.n ?? 0;
  const pending = await index.first.pending(next, null, 10);
  if (pending === null || pending === "gone") return expect.unreachable();
  await index.first.embedded(next, pending, 0, [Float32Array.from([0.6, 0.8])]);
  const away = vi.spyOn(KnowledgeShard.prototype, "dropGeneration").mockRejectedValueOnce("away");
  await runInDurableObject(index.first, (its) => expect(its.advance(next)).rejects.toBe("away"));
  away.mockRestore();
  const left = () =>
    runInDurableObject(
      index.first,
      (_, { storage: { sql } }) =>
        sql.exec("SELECT * FROM progress WHERE generation = ?", generation).toArray().length,
    );
  expect(await left()).toBe(1);
  expect(await index.first.generations("openai/other")).toEqual({
    current: { n: next, embedder: "openai/other" },
    next: null,
  });
  expect(await left()).toBe(0);
});

test("chunks beside others are told, of what is live alone", async () => {
  const index = indexOf();
  const part = await live(index, { texts: ["a", "b", "c", "d"] });
  const { document, version } = part;
  const beside = (): Promise<Candidate[]> =>
    index.first.neighbours([{ document, version, position: 1 }], 1);
  expect((await beside()).map(({ text }) => text).sort()).toEqual(["a", "b", "c"]);
  await index.first.forget([document]);
  expect(await beside()).toEqual([]);
});
