// What a store of vectors does, whichever it is. What is only one's own is tested beside it.
import { expect, test } from "vitest";
import { at, idsOf, numbered, query, record, SIDES, type Side } from "./spaces.ts";

function each(what: string, work: (side: Side) => Promise<void>): void {
  test.each(SIDES)(`%s: ${what}`, (_, withStore) => withStore(work));
}

each("the nearest come first, with their cosines", async ({ store, settle }) => {
  await store.upsert("n", [record("far", 90), record("near", 10), record("next", 30)]);
  settle();
  const found = await store.query("n", query(0));
  expect(found.map(({ id }) => id)).toEqual(["near", "next", "far"]);
  for (const [index, degrees] of [10, 30, 90].entries())
    expect(found[index]?.score).toBeCloseTo(Math.cos((degrees * Math.PI) / 180), 1);
  expect(await idsOf(store, "n", query(0, { topK: 2 }))).toEqual(["near", "next"]);
  expect(await idsOf(store, "n", query(80))).toEqual(["far", "next", "near"]);
});

each("of equally near ones the lower id comes first", async ({ store, settle }) => {
  const ids = ["b", "a", "d", "c", "B"];
  await store.upsert("n", [...ids.map((id) => record(id, 20)), record("nearest", 0)]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["nearest", "B", "a", "b", "c", "d"]);
});

each(
  "nothing is found where nothing is asked for, or nothing is there",
  async ({ store, settle }) => {
    expect(await store.query("n", query(0))).toEqual([]);
    await store.upsert("n", [record("a", 0)]);
    await store.upsert("n", []);
    settle();
    expect(await store.query("n", query(0, { topK: 0 }))).toEqual([]);
    expect(await store.query("n", query(0, { topK: -1 }))).toEqual([]);
    expect(await store.query("n", query(0, { collections: [] }))).toEqual([]);
    expect(await store.query("n", query(0, { parts: [] }))).toEqual([]);
    expect(await store.query("n", query(0, { collections: ["others"] }))).toEqual([]);
    expect(await store.query("n", query(0, { parts: ["others"] }))).toEqual([]);
    expect(await store.query("other", query(0))).toEqual([]);
  },
);

each("no more are found than the store says", async ({ store, settle }) => {
  const ids = numbered(store.mostPerQuery + 20, "v");
  await store.upsert(
    "n",
    ids.map((id) => record(id, 5)),
  );
  settle();
  const found = await idsOf(store, "n", query(0, { topK: store.mostPerQuery + 10 }));
  expect(found).toHaveLength(store.mostPerQuery);
  expect(new Set(found).size).toBe(store.mostPerQuery);
});

each("what is put again is in the place of what was there", async ({ store, settle }) => {
  await store.upsert("n", [record("a", 0), record("b", 20)]);
  settle();
  await store.upsert("n", [record("a", 90, { part: "newer", collection: "notes" })]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["b"]);
  const notes = await store.query("n", query(90, { collections: ["notes"], parts: ["newer"] }));
  expect(notes.map(({ id }) => id)).toEqual(["a"]);
  expect(notes[0]?.score).toBeCloseTo(1, 2);
  expect(await store.get("n", ["a"])).toEqual(new Map([["a", at(90)]]));
});

each("of an id that is put twice at once the last one holds", async ({ store, settle }) => {
  await store.upsert("n", [record("a", 0), record("b", 40), record("a", 90)]);
  settle();
  expect(await store.get("n", ["a"])).toEqual(new Map([["a", at(90)]]));
  expect(await idsOf(store, "n", query(0))).toEqual(["b", "a"]);
});

each("namespaces never meet, whatever their ids", async ({ store, settle }) => {
  await store.upsert("one", [record("same", 0), record("mine", 10)]);
  await store.upsert("other", [record("same", 90), record("yours", 20)]);
  settle();
  expect(await idsOf(store, "one", query(0))).toEqual(["same", "mine"]);
  expect(await idsOf(store, "other", query(0))).toEqual(["yours", "same"]);
  expect(await store.get("one", ["same", "yours"])).toEqual(new Map([["same", at(0)]]));
  expect(await store.visible("one", ["yours"])).toBe(false);
  await store.delete("one", ["same", "yours"]);
  settle();
  expect(await idsOf(store, "one", query(0))).toEqual(["mine"]);
  expect(await idsOf(store, "other", query(0))).toEqual(["yours", "same"]);
});

each("collections, parts and exceptions narrow what is found", async ({ store, settle }) => {
  const records = [
    record("a1", 0, { part: "a", collection: "books" }),
    record("a2", 10, { part: "a", collection: "books" }),
    record("b1", 20, { part: "b", collection: "books" }),
    record("c1", 30, { part: "c", collection: "notes" }),
    record("d1", 40, { part: "d", collection: "notes" }),
  ];
  await store.upsert("n", records);
  settle();
  const both = ["books", "notes"];
  const found = (more: object) => idsOf(store, "n", query(0, more));
  expect(await found({ collections: both })).toEqual(["a1", "a2", "b1", "c1", "d1"]);
  expect(await found({ collections: ["notes", "notes"] })).toEqual(["c1", "d1"]);
  expect(await found({ collections: both, parts: ["b", "d", "nowhere"] })).toEqual(["b1", "d1"]);
  expect(await found({ collections: both, except: ["a", "d"] })).toEqual(["b1", "c1"]);
  expect(await found({ collections: both, parts: ["a", "b"], except: ["a"] })).toEqual(["b1"]);
  expect(await found({ collections: ["books"], parts: ["c"] })).toEqual([]);
  expect(await found({ parts: ["a"], except: ["a"] })).toEqual([]);
  expect(await found({ collections: both, except: ["nowhere"], topK: 1 })).toEqual(["a1"]);
});

each("what is deleted is gone, and may come again", async ({ store, settle }) => {
  await store.upsert("n", [record("a", 0), record("b", 10), record("c", 20)]);
  settle();
  await store.delete("n", ["b", "nobody"]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["a", "c"]);
  expect(await store.get("n", ["a", "b"])).toEqual(new Map([["a", at(0)]]));
  await store.delete("n", []);
  await store.delete("n", ["a", "b", "c"]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual([]);
  await store.upsert("n", [record("b", 30)]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["b"]);
  await store.delete("nowhere", ["b"]);
  settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["b"]);
});

each("vectors are given back as they came, those that are there", async ({ store, settle }) => {
  const ids = numbered(250, "v");
  await store.upsert(
    "n",
    ids.map((id, index) => record(id, index)),
  );
  settle();
  const got = await store.get("n", ["nobody", ...ids, "v0000", "", "x".repeat(100)]);
  expect(got.size).toBe(250);
  for (const [index, id] of ids.entries()) expect(got.get(id)).toEqual(at(index));
  expect(await store.get("n", [])).toEqual(new Map());
  expect(await store.get("nowhere", ids)).toEqual(new Map());
});

each("all of what was written can be told to be visible", async ({ store, settle }) => {
  const ids = numbered(45, "v");
  await store.upsert(
    "n",
    ids.map((id) => record(id, 0)),
  );
  settle();
  expect(await store.visible("n", ids)).toBe(true);
  expect(await store.visible("n", [...ids, ...ids])).toBe(true);
  expect(await store.visible("n", [])).toBe(true);
  expect(await store.visible("n", [...ids, "nobody"])).toBe(false);
  expect(await store.visible("n", ["x".repeat(100)])).toBe(false);
  expect(await store.visible("other", ids)).toBe(false);
  await store.delete("n", ["v0007"]);
  settle();
  expect(await store.visible("n", ids)).toBe(false);
});

each(
  "a vector of another length, or of no numbers, is refused whole",
  async ({ store, settle }) => {
    await store.upsert("n", [record("a", 0)]);
    settle();
    const short = { vector: at(0, 4) };
    await expect(store.query("n", query(0, short))).rejects.toThrow(RangeError);
    const nothing = new Float32Array(8).fill(Number.NaN);
    await expect(store.query("n", query(0, { vector: nothing }))).rejects.toThrow(RangeError);
    for (const values of [at(0, 4), at(0, 16), nothing, new Float32Array(8).fill(Infinity)])
      await expect(async () =>
        store.upsert("n", [record("b", 0), record("c", 0, { values })]),
      ).rejects.toThrow(RangeError);
    settle();
    expect(await idsOf(store, "n", query(0))).toEqual(["a"]);
  },
);

each("names that no store could keep are refused", async ({ store }) => {
  const refused = [
    record("", 0),
    record("x".repeat(49), 0),
    record("é".repeat(25), 0),
    record("half of \ud83d", 0),
    record("a\0b", 0),
    record("a", 0, { part: "" }),
    record("a", 0, { part: "x".repeat(65) }),
    record("a", 0, { collection: "é".repeat(33) }),
  ];
  for (const one of refused)
    await expect(async () => store.upsert("n", [one])).rejects.toThrow(RangeError);
  for (const namespace of ["", "x".repeat(65)])
    await expect(async () => store.upsert(namespace, [record("a", 0)])).rejects.toThrow(RangeError);
});

each("names may be of any characters, up to their lengths", async ({ store, settle }) => {
  const ids = [
    "日本語",
    "🌉".repeat(12),
    'quote"comma,\\',
    "a'; DROP TABLE segments; --",
    "x".repeat(48),
  ];
  const part = 'Überraschung 🎁 "{}" $in';
  const collection = "集".repeat(21);
  const namespace = `${"ñ".repeat(31)}\u0001"`;
  await store.upsert(
    namespace,
    ids.map((id, index) => record(id, index * 15, { part, collection })),
  );
  settle();
  const narrow = { collections: [collection], parts: [part] };
  expect(await idsOf(store, namespace, query(0, narrow))).toEqual(ids);
  const other = { collections: [collection], except: ["Überraschung"] };
  expect(await idsOf(store, namespace, query(0, other))).toEqual(ids);
  expect([...(await store.get(namespace, ids)).keys()].sort()).toEqual([...ids].sort());
  expect(await store.visible(namespace, ids)).toBe(true);
  await store.delete(namespace, ids.slice(1));
  settle();
  expect(await idsOf(store, namespace, query(0, narrow))).toEqual(ids.slice(0, 1));
});

each("hundreds of parts and collections can be named", async ({ store, settle }) => {
  const records = numbered(400, "doc_01jb2c3d4e5f6g7h8j9k0m1n2_").map((part, nth) =>
    record(`v${nth}`, nth < 100 ? nth / 10 : nth < 140 ? 45 : 80, {
      part,
      collection: `col_01jb2c3d4e5f6g7h8j9k_${nth % 100}`,
    }),
  );
  await store.upsert("n", records);
  settle();
  const collections = [...new Set(records.map(({ collection }) => collection))];
  const parts = records.map(({ part }) => part);
  const found = (more: object) => idsOf(store, "n", query(0, { collections, topK: 40, ...more }));
  // The first hundred are the nearest, and not to be found.
  const next = new Set(Array.from({ length: 40 }, (_, nth) => `v${100 + nth}`));
  expect(new Set(await found({ parts: parts.slice(100) }))).toEqual(next);
  expect(new Set(await found({ except: parts.slice(0, 100) }))).toEqual(next);
  expect(await found({ parts, except: parts.slice(1) })).toEqual(["v0"]);
  expect((await found({ topK: 100 })).length).toBe(100);
});
