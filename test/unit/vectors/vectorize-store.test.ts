// The adapter over Vectorize: what its limits ask of it, and what is seen when.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Filter, filtersOf, without } from "../../../src/vectors/vectorize-filters.ts";
import { VectorizeStore } from "../../../src/vectors/vectorize-store.ts";
import { at, DIMENSIONS, fakeIndex, idsOf, numbered, query, record } from "./spaces.ts";

const LONG = "_01jb2c3d4e5f6g7h8j9k0m1n2p";

test("what was written is found when it is visible, and not before", async () => {
  const index = fakeIndex(DIMENSIONS, 3);
  const store = new VectorizeStore(index, DIMENSIONS);
  await store.upsert("n", [record("a", 0), record("b", 10)]);
  expect(await store.query("n", query(0))).toEqual([]);
  expect(await store.visible("n", ["a", "b"])).toBe(false);
  expect(await store.visible("n", ["a", "b"])).toBe(false);
  expect(await store.visible("n", ["a", "b"])).toBe(true);
  expect(await idsOf(store, "n", query(0))).toEqual(["a", "b"]);
  await store.delete("n", ["a"]);
  expect(await idsOf(store, "n", query(0))).toEqual(["a", "b"]);
  index.settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["b"]);
});

test("what comes in is sent in as few requests as are allowed", async () => {
  const index = fakeIndex();
  const store = new VectorizeStore(index, DIMENSIONS);
  const ids = numbered(2500, "v");
  await store.upsert(
    "n",
    ids.map((id) => record(id, 0)),
  );
  index.settle();
  await store.get("n", ids.slice(0, 50));
  await store.delete("n", ids.slice(0, 250));
  expect(index.calls).toMatchObject({ upsert: 3, getByIds: 3, deleteByIds: 3 });
  await store.upsert("n", []);
  await store.delete("n", []);
  expect(index.calls).toMatchObject({ upsert: 3, deleteByIds: 3 });
});

test("long vectors are sent some at a time", async () => {
  const index = fakeIndex(1536);
  const store = new VectorizeStore(index, 1536);
  const values = at(0, 1536);
  await store.upsert(
    "n",
    numbered(400, "v").map((id) => record(id, 0, { values })),
  );
  expect(index.calls.upsert).toBe(3);
});

test("more dimensions than Vectorize takes are refused at once", () => {
  expect(() => new VectorizeStore(fakeIndex(), 3072)).toThrow("at most 1536 dimensions");
});

test("an id of full length in a namespace of full length is kept", async () => {
  const index = fakeIndex();
  const store = new VectorizeStore(index, DIMENSIONS);
  const id = "i".repeat(48);
  const namespace = "n".repeat(64);
  await store.upsert(namespace, [record(id, 0)]);
  index.settle();
  expect(await idsOf(store, namespace, query(0))).toEqual([id]);
});

test("what another program has put into a namespace is not found", async () => {
  const index = fakeIndex();
  const store = new VectorizeStore(index, DIMENSIONS);
  const metadata = { part: "part", collection: "books" };
  await index.upsert([{ id: "theirs", namespace: "n", values: at(0), metadata }]);
  await store.upsert("n", [record("mine", 10)]);
  index.settle();
  expect(await idsOf(store, "n", query(0))).toEqual(["mine"]);
});

test("parts that do not fit into one filter are asked for in several", async () => {
  const index = fakeIndex();
  const store = new VectorizeStore(index, DIMENSIONS);
  const parts = numbered(300, `doc${LONG}`);
  await store.upsert(
    "n",
    parts.map((part, nth) => record(`v${nth}`, nth < 100 ? nth / 10 : 45, { part })),
  );
  index.settle();
  const found = await idsOf(store, "n", query(0, { parts, topK: 100 }));
  expect(new Set(found)).toEqual(new Set(Array.from({ length: 100 }, (_, nth) => `v${nth}`)));
  expect(index.calls.query).toBe(6);
});

test("exceptions beyond a filter are left out, and asked around where they are in the way", async () => {
  const index = fakeIndex();
  const store = new VectorizeStore(index, DIMENSIONS);
  const except = numbered(200, `doc${LONG}`);
  const hidden = except.flatMap((part, nth) =>
    numbered(3, `h${nth}x`).map((id) => record(id, nth < 30 ? 0 : 60, { part })),
  );
  const wanted = numbered(30, "w").map((id, nth) => record(id, 20 + nth, { part: "wanted" }));
  await store.upsert("n", [...hidden, ...wanted]);
  index.settle();
  // The thirty nearest parts are named last: a first answer is full of them.
  const found = await idsOf(store, "n", query(0, { except: except.toReversed(), topK: 25 }));
  expect(found).toEqual(numbered(25, "w"));
  expect(index.calls.query).toBe(2);
});

test("filters are small enough, and name each pair of collection and part once", () => {
  const names = (prefix: string) =>
    fc
      .uniqueArray(fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }), { maxLength: 60 })
      .map((all) => all.map((name) => prefix + name + LONG.slice(name.length)));
  const bytes = (filter: Filter) => new TextEncoder().encode(JSON.stringify(filter)).length;
  fc.assert(
    fc.property(names("c"), fc.option(names("p")), names("p"), (collections, parts, except) => {
      const asked = query(0, { collections, parts, except });
      const pairs: string[] = [];
      for (const filter of filtersOf(asked)) {
        expect(bytes(filter)).toBeLessThan(2048);
        const those = filter.part === undefined ? ["any"] : Object.values(filter.part).flat();
        for (const collection of filter.collection.$in)
          pairs.push(...those.map((part) => JSON.stringify([collection, part])));
        if (filter.part === undefined) {
          const narrowed = without(filter, except);
          expect(bytes(narrowed.filter)).toBeLessThan(2048);
          expect(narrowed.out).toEqual(except.slice(0, narrowed.out.length));
        }
      }
      const wanted = parts?.filter((part) => !except.includes(part)) ?? ["any"];
      const expected = collections.flatMap((collection) =>
        wanted.map((part) => JSON.stringify([collection, part])),
      );
      expect(pairs.sort()).toEqual(expected.sort());
    }),
    { numRuns: 200 },
  );
});
