// The stand-in for Vectorize keeps the documented limits: what passes against it can pass deployed.
import { expect, test } from "vitest";
import { FakeVectorize } from "../../stub/vectorize.ts";
import { at, fakeIndex, numbered } from "./spaces.ts";

const vector = (id: string, more: object = {}) => ({ id, values: at(0), ...more });

test("mutations wait, are done in their order, and have ids that tell it", async () => {
  const index = fakeIndex(8, 2);
  const { mutationId } = await index.upsert([vector("a")]);
  const { mutationId: last } = await index.deleteByIds(["a"]);
  expect(await index.describe()).toMatchObject({
    vectorCount: 0,
    processedUpToMutation: expect.not.stringContaining(mutationId),
  });
  expect(await index.describe()).toMatchObject({ vectorCount: 0, processedUpToMutation: last });
  await index.insert([vector("a", { values: at(0) })]);
  await index.insert([vector("a", { values: at(90) })]);
  index.settle();
  expect((await index.getByIds(["a"]))[0]?.values[0]).toBe(1);
});

test("ids a call, and matches, have their most", async () => {
  const index = fakeIndex();
  const ids = numbered(1001, "v");
  await expect(index.upsert(ids.map((id) => vector(id)))).rejects.toThrow("at most 1000");
  await index.upsert(ids.slice(0, 1000).map((id) => vector(id)));
  index.settle();
  await expect(index.getByIds(ids.slice(0, 21))).rejects.toThrow("max id count is 20");
  await expect(index.deleteByIds(ids.slice(0, 101))).rejects.toThrow("max id count is 100");
  await expect(index.query(at(0), { topK: 101 })).rejects.toThrow("max top K is 100");
  await expect(index.query(at(0), { topK: 51, returnValues: true })).rejects.toThrow("is 50");
  await expect(index.query(at(0), { topK: 51, returnMetadata: "all" })).rejects.toThrow("is 50");
  expect((await index.query(at(0), { topK: 100, returnMetadata: "indexed" })).count).toBe(100);
  expect((await index.query(at(0))).count).toBe(5);
});

test("vectors that do not fit are refused", async () => {
  const index = fakeIndex();
  const refused: [object, string][] = [
    [{ values: at(0, 4) }, "expected 8 dimensions, and got 4"],
    [{ id: "é".repeat(33) }, "id too long"],
    [{ namespace: "n".repeat(65) }, "namespace too long"],
    [{ metadata: { text: "x".repeat(11_000) } }, "metadata too large"],
    [{ metadata: { "a.b": 1 } }, "invalid key"],
  ];
  for (const [more, error] of refused)
    await expect(index.upsert([vector("a", more)])).rejects.toThrow(error);
  await expect(index.query(at(0, 4))).rejects.toThrow("expected 8 dimensions");
  expect(() => new FakeVectorize({ dimensions: 1537 })).toThrow("1536");
});

test("only what was put in after its metadata index was made passes a filter", async () => {
  const index = new FakeVectorize({ dimensions: 8 });
  await index.upsert([vector("before", { metadata: { part: "p" } })]);
  index.createMetadataIndex("part");
  await index.upsert([vector("after", { metadata: { part: "p", other: "o" } })]);
  index.settle();
  const found = async (filter: object) =>
    (await index.query(at(0), { filter, returnMetadata: "indexed" })).matches;
  expect(await found({ part: "p" })).toMatchObject([{ id: "after", metadata: { part: "p" } }]);
  expect((await found({ part: "p" }))[0]?.metadata).toEqual({ part: "p" });
  expect(await found({ other: "o" })).toEqual([]);
  for (let nth = 0; nth < 9; nth++) index.createMetadataIndex(`more${nth}`);
  index.settle();
  index.createMetadataIndex("eleventh");
  expect(() => index.settle()).toThrow("at most 10");
});

test("filters compare the first 64 bytes, and follow the documented rules", async () => {
  const index = new FakeVectorize({ dimensions: 8, metadataIndexes: ["part", "count"] });
  const long = "é".repeat(40);
  await index.upsert([
    vector("a", { metadata: { part: "net" } }),
    vector("b", { metadata: { part: "nets" } }),
    vector("c", { metadata: { part: long } }),
  ]);
  index.settle();
  const found = async (part: unknown) =>
    (await index.query(at(0), { filter: { part } })).matches.map(({ id }) => id);
  expect(await found("net")).toEqual(["a"]);
  expect(await found({ $ne: "net" })).toEqual(["b", "c"]);
  expect(await found({ $in: ["net", "nets"] })).toEqual(["a", "b"]);
  expect(await found({ $nin: ["net", "nets"] })).toEqual(["c"]);
  expect(await found({ $gte: "net", $lt: "neu" })).toEqual(["a", "b"]);
  expect(await found(long)).toEqual([]);
  expect(await found("é".repeat(32))).toEqual(["c"]);
  const refused = [
    {},
    { $part: "x" },
    { part: { $in: ["a"], $nin: ["b"] } },
    { part: { $in: "a" } },
    { part: { $like: "a" } },
    { part: { $in: numbered(300, "part") } },
  ];
  for (const filter of refused) await expect(index.query(at(0), { filter })).rejects.toThrow();
});
