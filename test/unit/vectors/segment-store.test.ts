// Vectors in segments: found as brute force finds them, whatever was written, rolled back or held.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SegmentStore } from "../../../src/vectors/segment-store.ts";
import { createSegmentTables } from "../../../src/vectors/segment-tables.ts";
import type { Neighbour, VectorQuery, VectorRecord } from "../../../src/vectors/vector-store.ts";
import { at, idsOf, numbered, onStorage, query, record } from "./spaces.ts";

/** Everything, one after another, in doubles. */
function bruteForce(records: Iterable<VectorRecord>, asked: VectorQuery): Neighbour[] {
  const found: Neighbour[] = [];
  for (const { id, part, collection, values } of records) {
    const named = asked.parts === null || asked.parts.includes(part);
    if (!named || !asked.collections.includes(collection) || asked.except.includes(part)) continue;
    let score = 0;
    for (const [index, value] of values.entries()) score += (asked.vector[index] ?? 0) * value;
    found.push({ id, score });
  }
  found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return found.slice(0, asked.topK);
}

/** Like what embedders make, and like what they should not: of few numbers, all alike, or of any length. */
function vectorFrom(kind: number, seed: number, dimensions: number): Float32Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < 3; i++) random();
  const vector = new Float32Array(dimensions).map(random);
  if (kind === 1) vector.forEach((value, i) => (vector[i] = Math.round(value * 2.4)));
  if (kind === 2) vector.forEach((value, i) => (vector[i] = 1 + value * 1e-4));
  if (kind === 3) return vector.map((value) => value * 10 ** (seed % 9));
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const names = fc.constantFrom("a", "b", "c", "d", "e");
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ put: fc.integer({ min: 1, max: 150 }), part: names, seed: seeds }),
    },
    { weight: 1, arbitrary: fc.record({ remove: fc.integer({ min: 1, max: 60 }), seed: seeds }) },
    { weight: 1, arbitrary: fc.record({ removePart: names }) },
    { weight: 1, arbitrary: fc.record({ forget: fc.constant(true) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ask: seeds,
        topK: fc.integer({ min: 1, max: 60 }),
        collections: fc.subarray(["even", "odd"], { minLength: 1 }),
        parts: fc.option(fc.array(names, { minLength: 1, maxLength: 3 })),
        except: fc.array(names, { maxLength: 2 }),
      }),
    },
  ),
  { minLength: 2, maxLength: 14 },
);

test(
  "what is found is what brute force finds, to the last bit, after whatever was written",
  () =>
    onStorage(async (sql) => {
      let space = 0;
      await fc.assert(
        fc.asyncProperty(
          steps,
          fc.integer({ min: 1, max: 70 }),
          fc.integer({ min: 0, max: 3 }),
          fc.constantFrom(0, 3000, 48_000_000),
          async (all, dimensions, kind, budget) => {
            const namespace = `n${space++}`;
            const store = new SegmentStore(sql, { budget });
            const model = new Map<string, VectorRecord>();
            for (const step of all) {
              if ("put" in step) {
                const { put, part, seed } = step;
                const records = Array.from({ length: put }, (_, index) => ({
                  id: `v${(seed + index * 7) % 400}`,
                  part,
                  collection: (seed + index) % 2 === 0 ? "even" : "odd",
                  // Some are the same as others.
                  values: vectorFrom(kind, (seed + index) % 300, dimensions),
                }));
                await store.upsert(namespace, records);
                for (const one of records) model.set(one.id, one);
              } else if ("remove" in step) {
                const ids = Array.from(
                  { length: step.remove },
                  (_, i) => `v${(step.seed + i * 3) % 400}`,
                );
                await store.delete(namespace, ids);
                for (const id of ids) model.delete(id);
              } else if ("removePart" in step) {
                store.deletePart(namespace, step.removePart);
                for (const { id, part } of model.values())
                  if (part === step.removePart) model.delete(id);
              } else if ("forget" in step) store.invalidate();
              else {
                const vector = vectorFrom(kind, step.ask, dimensions);
                const asked = { ...step, vector };
                expect(await store.query(namespace, asked)).toEqual(
                  bruteForce(model.values(), asked),
                );
                expect(store.bytes).toBeLessThanOrEqual(budget);
              }
              expect(store.count(namespace)).toBe(model.size);
            }
            expect(await store.visible(namespace, [...model.keys()])).toBe(true);
          },
        ),
        { numRuns: 150 },
      );
    }),
  60_000,
);

test("thousands are found exactly by more dimensions, and read in part where there is no room", () =>
  onStorage(async (sql) => {
    const dimensions = 384;
    const records = numbered(3000, "v").map((id, index) => ({
      id,
      part: `p${Math.floor(index / 25)}`,
      collection: "books",
      values: vectorFrom(0, index + 1, dimensions),
    }));
    const whole = new SegmentStore(sql);
    for (let from = 0; from < records.length; from += 500)
      await whole.upsert("n", records.slice(from, from + 500));
    const tight = new SegmentStore(sql, { budget: 400_000 });
    for (const seed of [1_000_001, 1_000_002, 1_000_003]) {
      const asked = query(0, { vector: vectorFrom(0, seed, dimensions), topK: 100 });
      const expected = bruteForce(records, asked);
      expect(await whole.query("n", asked)).toEqual(expected);
      expect(await tight.query("n", asked)).toEqual(expected);
    }
    expect(whole.bytes).toBeGreaterThan(3000 * 384);
    expect(tight.bytes).toBeGreaterThan(200_000);
    expect(tight.bytes).toBeLessThanOrEqual(400_000);
  }));

test("what is rolled back is never found, whoever looked meanwhile", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    await store.upsert("n", [record("a", 0), record("b", 10)]);
    expect(await idsOf(store, "n", query(0))).toEqual(["a", "b"]);
    const seen: Promise<string[]>[] = [];
    const broken = () =>
      sql.atomically(() => {
        void store.upsert("n", [record("c", 5), record("a", 90)]);
        void store.delete("n", ["b"]);
        seen.push(idsOf(store, "n", query(0)));
        throw new Error("it broke");
      });
    expect(broken).toThrow("it broke");
    expect(await Promise.all(seen)).toEqual([["c", "a"]]);
    expect(await idsOf(store, "n", query(0))).toEqual(["a", "b"]);
    expect(store.count("n")).toBe(2);

    expect(broken).toThrow("it broke");
    await store.upsert("n", [record("d", 1)]);
    expect(await idsOf(store, "n", query(0))).toEqual(["a", "d", "b"]);

    const cleared = () =>
      sql.atomically(() => {
        store.dropNamespace("n");
        void store.upsert("n", [record("e", 0, { values: at(0, 16) })]);
        throw new Error("it broke");
      });
    expect(cleared).toThrow("it broke");
    expect(await idsOf(store, "n", query(0))).toEqual(["a", "d", "b"]);
  }));

test("vectors are written with the rows around them, or neither is", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    sql.run("CREATE TABLE rows (id TEXT)");
    const both = (id: string, values: Float32Array) =>
      sql.atomically(() => {
        sql.run("INSERT INTO rows VALUES (?)", id);
        return store.upsert("n", [record(id, 0, { values })]);
      });
    await both("a", at(0));
    expect(() => both("b", at(0, 3))).toThrow(RangeError);
    expect(sql.all("SELECT id FROM rows")).toEqual([{ id: "a" }]);
    expect(await idsOf(store, "n", query(0))).toEqual(["a"]);
  }));

test("a write is over when it returns, and another store sees it", () =>
  onStorage(async (sql) => {
    const one = new SegmentStore(sql);
    const other = new SegmentStore(sql);
    const pending = one.upsert("n", [record("a", 0), record("b", 10)]);
    const found = other.query("n", query(0));
    await pending;
    expect((await found).map(({ id }) => id)).toEqual(["a", "b"]);
    await other.delete("n", ["a"]);
    await one.upsert("n", [record("c", 5)]);
    expect(await idsOf(other, "n", query(0))).toEqual(["c", "b"]);
    expect(await idsOf(one, "n", query(0))).toEqual(["c", "b"]);
  }));

test("segments are filled before there are more of them", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    for (const batch of numbered(20, "b"))
      await store.upsert(
        "n",
        numbered(10, batch).map((id) => record(id, 0)),
      );
    const sizes = () =>
      sql
        .all<{ vectors: number }>("SELECT vectors FROM segments ORDER BY id")
        .map((row) => row.vectors);
    expect(sizes()).toEqual([64, 64, 64, 8]);
    await store.delete("n", numbered(10, "b0000"));
    expect(sizes()).toEqual([54, 64, 64, 8]);
    await store.upsert(
      "n",
      numbered(12, "more").map((id) => record(id, 0)),
    );
    expect(sizes().reduce((sum, size) => sum + size)).toBe(202);
    await store.upsert("n", [record("wide", 0, { part: "another" })]);
    expect(sizes()).toHaveLength(5);
  }));

test("a vector that is put again costs no rows but its own", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    await store.upsert(
      "n",
      numbered(640, "v").map((id) => record(id, 0)),
    );
    const before = sql.rowsWritten;
    await store.upsert("n", [record("v0100", 30)]);
    await store.delete("n", ["v0200"]);
    expect(sql.rowsWritten - before).toBeLessThan(20);
  }));

test("a part goes at once, and a namespace with all it has", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    const parts = ["a", "b"].flatMap((part) =>
      numbered(100, part).map((id, index) => record(id, index, { part })),
    );
    await store.upsert("n", parts);
    await store.upsert("other", parts);
    expect(await idsOf(store, "n", query(0, { topK: 2 }))).toEqual(["a0000", "b0000"]);
    store.deletePart("n", "a");
    store.deletePart("n", "nothing");
    store.deletePart("nowhere", "a");
    expect(store.count("n")).toBe(100);
    expect(await idsOf(store, "n", query(0, { topK: 2 }))).toEqual(["b0000", "b0001"]);
    expect(await store.get("n", ["a0000"])).toEqual(new Map());
    store.dropNamespace("n");
    expect(store.count("n")).toBe(0);
    expect(await idsOf(store, "n", query(0))).toEqual([]);
    expect(store.count("other")).toBe(200);
    store.deletePart("other", "a");
    store.deletePart("other", "b");
    for (const table of ["segments", "segment_vectors", "segment_namespaces"])
      expect(sql.all(`SELECT * FROM ${table}`)).toEqual([]);
  }));

test("a namespace that is empty may be of other dimensions", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    await store.upsert("n", [record("a", 0)]);
    expect(await idsOf(store, "n", query(0))).toEqual(["a"]);
    expect(() => store.upsert("n", [record("b", 0, { values: at(0, 4) })])).toThrow("4 dimensions");
    await store.delete("n", ["a"]);
    await store.upsert("n", [record("b", 0, { values: at(0, 4) })]);
    expect(await idsOf(store, "n", query(0, { vector: at(0, 4) }))).toEqual(["b"]);
  }));

test("documents of one vector take little more memory than their vectors", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    const values = (index: number) => vectorFrom(0, index + 1, 256);
    await store.upsert(
      "n",
      numbered(1500, "v").map((id, index) => record(id, 0, { part: id, values: values(index) })),
    );
    const asked = query(0, { vector: values(77), topK: 1 });
    expect(await idsOf(store, "n", asked)).toEqual(["v0077"]);
    expect(store.bytes).toBeLessThan(1500 * 256 * 2.2);
    const { bytes } = store;
    // Written over and over, what is gone does not add up.
    for (let round = 0; round < 4; round++) {
      await store.upsert(
        "n",
        numbered(1500, "v").map((id, index) =>
          record(id, 0, { part: id, values: values(index + round) }),
        ),
      );
      await store.query("n", asked);
      expect(store.bytes).toBeLessThan(bytes * 2.5);
    }
    store.invalidate();
    expect(store.bytes).toBe(0);
  }));

test("the namespace that was asked last keeps its memory", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql, { budget: 30_000 });
    for (const namespace of ["one", "two", "three"])
      await store.upsert(
        namespace,
        numbered(500, "v").map((id) => record(id, 0)),
      );
    await store.query("one", query(0));
    const { bytes } = store;
    await store.query("two", query(0));
    expect(store.bytes).toBeGreaterThan(bytes);
    for (const namespace of ["three", "one", "two", "three"]) {
      expect(await store.query(namespace, query(0))).toHaveLength(10);
      expect(store.bytes).toBeLessThanOrEqual(30_000);
    }
  }));

test("tables that are there are left as they are", () =>
  onStorage(async (sql) => {
    const store = new SegmentStore(sql);
    await store.upsert("n", [record("a", 0)]);
    createSegmentTables(sql);
    expect(store.count("n")).toBe(1);
  }));
