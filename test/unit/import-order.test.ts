import fc from "fast-check";
import { expect, test } from "vitest";
import { type Node, Tree } from "../../src/protocol/import-order.ts";

const said: NonNullable<Node["said"]> = {
  role: "user",
  parts: [{ type: "text", text: "x" }],
  status: "completed",
  created_at: 1,
  finished_at: 1,
  details: {
    model: null,
    provider: null,
    tokens_used: null,
    finish_reason: null,
    latency_ms: null,
    ttft_ms: null,
    notices: [],
    metadata: {},
    citations: [],
  },
  feedback: null,
};
const node = (id: string, parent: string | null): Node => ({ id, parent, said });
const silent = (id: string, parent: string | null): Node => ({ id, parent, said: null });

function ordered(nodes: readonly Node[], tree = new Tree()) {
  for (const it of nodes) tree.add(it);
  const lost = tree.finish();
  const taken = tree.take().map(({ seq, parent_seq }) => [seq, parent_seq]);
  return { ...lost, taken, numbers: nodes.map(({ id }) => tree.numberOf(id)) };
}

test("parents come before children, each path in a run, siblings as they stood", () => {
  const { taken, numbers } = ordered([
    node("d", "b"),
    node("a", null),
    node("b", "a"),
    node("c", "a"),
    node("e", "c"),
  ]);
  expect(taken).toEqual([
    [1, null],
    [2, 1],
    [3, 2],
    [4, 1],
    [5, 4],
  ]);
  expect(numbers).toEqual([3, 1, 2, 4, 5]);
});

test("what follows a place with nothing in it follows what is above that", () => {
  const { taken } = ordered([
    silent("root", null),
    silent("system", "root"),
    node("a", "system"),
    silent("tool", "a"),
    node("b", "tool"),
  ]);
  expect(taken).toEqual([
    [1, null],
    [2, 1],
  ]);
});

test("a message whose parent is nowhere begins a path, with all that follows it", () => {
  const { taken, orphans, unreachable } = ordered([
    node("b", "nowhere"),
    node("c", "b"),
    node("a", null),
  ]);
  expect(taken).toEqual([
    [1, null],
    [2, null],
    [3, 2],
  ]);
  expect(orphans).toEqual(["b"]);
  expect(unreachable).toEqual([]);
});

test("a circle, what hangs from it, and what follows itself are told, and not taken", () => {
  const { taken, unreachable } = ordered([
    node("a", "b"),
    node("b", "a"),
    node("c", "b"),
    node("self", "self"),
    node("fine", null),
  ]);
  expect(taken).toEqual([[1, null]]);
  expect(unreachable.toSorted()).toEqual(["a", "b", "c", "self"]);
});

test("an id that comes twice is taken once", () => {
  const tree = new Tree();
  expect(tree.add(node("a", null))).toBeNull();
  expect(tree.add(node("a", null))).toContain("earlier");
  expect(tree.add(node("b", "later"))).toBeNull();
  expect(tree.add(node("b", null))).toContain("earlier");
});

test("a chain of 100,000 from its end to its beginning overflows nothing", () => {
  const chain = Array.from({ length: 100_000 }, (_, at) =>
    node(`m${at}`, at === 0 ? null : `m${at - 1}`),
  );
  const { taken } = ordered(chain.toReversed(), new Tree(100_000, Infinity));
  expect(taken).toHaveLength(100_000);
  expect(taken.at(-1)).toEqual([100_000, 99_999]);
});

test("what waits for its parent is bounded, in number and in length", () => {
  const few = new Tree(2);
  few.add(node("a", null));
  few.add(node("b", "a"));
  expect(few.add(node("c", "b"))).toContain("at most 2");
  const light = new Tree(10, 600);
  expect(light.add(node("b", "a"))).toBeNull();
  expect(light.add(node("d", "c"))).toContain("too far");
  expect(light.add(node("a", null))).toBeNull();
  expect(light.add(node("f", "e"))).toBeNull();
});

test("whatever the edges, every message is taken once, after its parent, or is told of", () => {
  const ids = fc.integer({ min: 0, max: 30 }).map(String);
  const edges = fc.array(
    fc.record({ id: ids, parent: fc.option(ids), silent: fc.boolean(), early: fc.boolean() }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(edges, (list) => {
      const tree = new Tree();
      const added = new Map<string, boolean>();
      const taken: { seq: number; parent_seq: number | null }[] = [];
      for (const it of list) {
        const refused = tree.add(it.silent ? silent(it.id, it.parent) : node(it.id, it.parent));
        expect(refused !== null).toBe(added.has(it.id));
        if (refused === null) added.set(it.id, it.silent);
        if (it.early) taken.push(...tree.take()); // stretches end anywhere
      }
      const { unreachable } = tree.finish();
      taken.push(...tree.take());
      expect(taken.map(({ seq }) => seq)).toEqual(taken.map((_, at) => at + 1));
      for (const { seq, parent_seq } of taken) expect(parent_seq ?? 0).toBeLessThan(seq);
      const lost = unreachable.filter((id) => added.get(id) === false);
      expect(taken.length + lost.length).toBe([...added.values()].filter((it) => !it).length);
    }),
    { numRuns: 500 },
  );
});
