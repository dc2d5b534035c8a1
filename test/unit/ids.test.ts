import fc from "fast-check";
import { expect, test } from "vitest";
import {
  derivedConversationId,
  isConversationId,
  newConversationId,
  ownedId,
  parseOwnedId,
} from "../../src/ids.ts";
import { formatPosition, parsePosition } from "../../src/protocol/events.ts";

test("conversation ids sort by time", () => {
  const ids = [1, 1000, 1_790_000_000_000, 1_790_000_000_001, 2 ** 47].map(newConversationId);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every(isConversationId)).toBe(true);
});

test("an id that was mistyped or made up is told from one that was minted", () => {
  const id = newConversationId(1_790_000_000_000);
  for (let at = 5; at < id.length; at++) {
    const other = id[at] === "7" ? "8" : "7";
    expect(isConversationId(id.slice(0, at) + other + id.slice(at + 1))).toBe(false);
  }
  for (const text of [
    "",
    "conv_",
    id.toUpperCase(),
    `${id}0`,
    id.slice(0, -1),
    id.replace("conv_", "turn_"),
  ])
    expect(isConversationId(text)).toBe(false);
});

test("an id derived from a digest is always the same, and another digest's is another", () => {
  const digest = (n: number) => new Uint8Array(32).fill(n);
  expect(derivedConversationId(digest(1))).toBe(derivedConversationId(digest(1)));
  expect(derivedConversationId(digest(1))).not.toBe(derivedConversationId(digest(2)));
  expect(isConversationId(derivedConversationId(digest(3)))).toBe(true);
});

test("a turn's id names its conversation and its number, and sorts by it", () => {
  const conversation = newConversationId(1_790_000_000_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 30 - 1 }),
      fc.integer({ min: 1, max: 2 ** 30 - 1 }),
      (a, b) => {
        const [one, two] = [ownedId("turn", conversation, a), ownedId("turn", conversation, b)];
        expect(parseOwnedId("turn", one)).toEqual({ conversation, n: a });
        expect(one < two).toBe(a < b);
      },
    ),
  );
  expect(parseOwnedId("turn", ownedId("msg", conversation, 1))).toBeNull();
  expect(parseOwnedId("turn", "turn_short")).toBeNull();
});

test("a position is written and read", () => {
  const at = { turn_id: ownedId("turn", newConversationId(1), 3), epoch: 2, seq: 41 };
  expect(parsePosition(formatPosition(at))).toEqual(at);
  for (const text of ["", "x", "turn_a", "turn_a:1", "turn_a:1.x", "turn_a:1.2.3", "turn_A:1.2"])
    expect(parsePosition(text)).toBeNull();
});
