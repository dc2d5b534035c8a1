import fc from "fast-check";
import { expect, test } from "vitest";
import { type FileEvent, ImportFile, NotOurs } from "../../src/protocol/import-file.ts";
import { BrokenJson, type Found, JsonWalk } from "../../src/protocol/json-walk.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function* pieces(all: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

function walked(text: string, size: number, opens = (path: readonly unknown[]) => path.length < 2) {
  const walk = new JsonWalk(opens, 1_000_000);
  const found: Found[] = [];
  for (const piece of pieces(bytes(text), size)) found.push(...walk.push(piece));
  found.push(...walk.end());
  return found;
}

/** Puts together again what a walk took apart. */
function whole(found: readonly Found[]): unknown {
  const root: { value?: unknown } = {};
  const set = (path: readonly (string | number)[], value: unknown) => {
    let into: object = root;
    const steps = ["value", ...path];
    for (const step of steps.slice(0, -1)) into = Reflect.get(into, step) as object;
    Object.defineProperty(into, steps.at(-1) ?? "", {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  };
  for (const it of found) {
    if (it.type === "opened") set(it.path, it.list ? [] : {});
    if (it.type === "value") set(it.path, it.value);
  }
  return root.value;
}

test("whatever the value, however it is cut: what is walked through is what JSON.parse reads", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: "binary" }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      (value, size, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        expect(JSON.stringify(whole(walked(text, size)))).toBe(JSON.stringify(JSON.parse(text)));
      },
    ),
    { numRuns: 500 },
  );
});

test("whatever the text: it is refused where JSON.parse refuses it", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    "1",
    "null",
    " ",
    "\\",
    '"',
    "x",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      const parses = (read: () => unknown) => {
        try {
          read();
          return true;
        } catch {
          return false;
        }
      };
      expect(parses(() => walked(text, 1))).toBe(parses(() => JSON.parse(text)));
    }),
    { numRuns: 3000 },
  );
});

test("bytes that are no UTF-8 are refused, in a value and in a name", () => {
  for (const broken of [
    [...bytes('["'), 0xff, ...bytes('"]')],
    [...bytes('{"'), 0xc3, ...bytes('": 1}')],
  ]) {
    const walk = new JsonWalk(() => true, 100);
    expect(() => [...walk.push(new Uint8Array(broken)), ...walk.end()]).toThrow(BrokenJson);
  }
});

test("a value that is too long is told of, not held, and what follows is read", () => {
  const walk = new JsonWalk((path) => path.length === 0, 50);
  const found = [
    ...walk.push(bytes(`["${"x".repeat(40)}`)),
    ...walk.push(bytes(`${'\\"'.repeat(40)}", {"a": "${"]".repeat(100)}"}, 3]`)),
  ];
  expect(found.filter(({ type }) => type === "oversized").map(({ path }) => path)).toEqual([
    [0],
    [1],
  ]);
  expect(found.find(({ type }) => type === "value")).toMatchObject({ path: [2], value: 3 });
});

function events(text: string, size = 5): FileEvent[] {
  const file = new ImportFile();
  const said: FileEvent[] = [];
  for (const piece of pieces(bytes(text), size)) said.push(...file.push(piece));
  said.push(...file.end());
  return said;
}

test("our own file: fields and messages of each conversation, in order", () => {
  const file = {
    format: "edgewise.conversations",
    version: 1,
    conversations: [{ id: "c", messages: [{ id: "m" }], tags: ["t"] }, 7],
    incomplete: [],
  };
  expect(events(`\uFEFF${JSON.stringify(file)}`)).toEqual([
    { type: "conversation", index: 0 },
    { type: "field", name: "id", value: "c" },
    { type: "message", key: "0", value: { id: "m" } },
    { type: "field", name: "tags", value: ["t"] },
    { type: "end" },
    { type: "strange", index: 1 },
  ]);
});

test("ChatGPT's: messages under their ids", () => {
  expect(
    events(JSON.stringify([{ title: "T", mapping: { a: { id: "a" } }, current_node: "a" }])),
  ).toEqual([
    { type: "conversation", index: 0 },
    { type: "field", name: "title", value: "T" },
    { type: "message", key: "a", value: { id: "a" } },
    { type: "field", name: "current_node", value: "a" },
    { type: "end" },
  ]);
});

test.each([
  ["a number", "1"],
  ["a string", '"conversations"'],
  ["an object of something else", '{"a": 1}'],
  ["another's format", '{"format": "x", "conversations": []}'],
  ["a later version", '{"format": "edgewise.conversations", "version": 2, "conversations": []}'],
  ["conversations that are no list", '{"conversations": {}}'],
  ["conversations that are nothing", '{"conversations": null}'],
  ["a list of something else", "[1, 2]"],
  ["a list of lists", "[[1]]"],
  ["objects without mapping", '[{"title": "T"}]'],
])("%s is neither format", (_, text) => {
  expect(() => events(text)).toThrow(NotOurs);
});

test("an empty file of either kind has nothing in it, and is one", () => {
  expect(events("[]")).toEqual([]);
  expect(events('{"conversations": []}')).toEqual([]);
});
