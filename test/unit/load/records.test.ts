import { expect, test } from "vitest";
import { load, reasonOf, refusal, shown } from "./made.ts";

test("each row of a CSV is whole, and names its columns", async () => {
  const loaded = await load(
    'City,People,Note\nGraz,300000,"On the Mur,\nin Styria"\nLinz,,"says ""hello"""\n',
    "a.csv",
  );
  expect(loaded.kind).toBe("csv");
  expect(shown(loaded)).toEqual([
    "paragraph City: Graz; People: 300000; Note: On the Mur, in Styria",
    'paragraph City: Linz; Note: says "hello"',
  ]);
});

test.each([
  [";", "a;b\n1,5;2\n3;4\n"],
  ["tab", "a\tb\n1,5\t2\n3\t4\n"],
  ["|", "a|b\n1,5|2\n3|4\n"],
  ["what Excel says", "sep=;\na;b\n1,5;2\n3;4\n"],
])("fields are parted by %s", async (_, text) => {
  expect(shown(await load(text, "a.csv"))[0]).toBe("paragraph a: 1,5; b: 2");
});

test("rows without names of columns are their values", async () => {
  expect(shown(await load("1,Ada\n2,Bob\n", "a.csv"))).toEqual([
    "paragraph 1; Ada",
    "paragraph 2; Bob",
  ]);
});

test("a title above a table is no row of it", async () => {
  expect(shown(await load("Cities of Austria\n\nCity,People\nGraz,300000\n", "a.csv"))).toEqual([
    "paragraph Cities of Austria",
    "paragraph City: Graz; People: 300000",
  ]);
});

test("a quotation that nothing closes is told with its line", async () => {
  const error = await refusal(load('a,b\n1,"x\n2,3\n4,5', "a.csv"));
  expect(error.reason).toBe("corrupt");
  expect(error.message).toMatch(/line \d/);
  expect(error.cause).toBeInstanceOf(Error);
});

test("a million rows are refused before they are made blocks of", async () => {
  const text = `id,name\n${"1,Ada\n".repeat(1_000_000)}`;
  expect(await reasonOf(load(text, "a.csv"))).toBe("too_large");
  expect((await refusal(load("1,2\n".repeat(1_000_000), "a.csv"))).message).toContain(
    "200,000 blocks",
  );
});

test("JSON becomes lines of paths and values", async () => {
  const value = {
    name: "Edgewise",
    where: { city: "Graz", tags: ["a", "b"], none: null },
    people: [
      { name: "Ada", born: 1815 },
      { name: "Bob", address: { city: "Linz" } },
    ],
  };
  const loaded = await load(JSON.stringify(value), "a.json");
  expect(loaded.kind).toBe("json");
  expect(shown(loaded)).toEqual([
    "paragraph name: Edgewise\nwhere.city: Graz\nwhere.tags: a, b",
    "h1 people",
    "paragraph name: Ada\nborn: 1815",
    "paragraph name: Bob\naddress.city: Linz",
  ]);
});

test("a list's elements, and JSON Lines, are a paragraph each", async () => {
  const expected = ["paragraph id: 1\ntext: One", "paragraph id: 2\ntext: Two"];
  expect(shown(await load('[{"id": 1, "text": "One"}, {"id": 2, "text": "Two"}]'))).toEqual(
    expected,
  );
  expect(shown(await load('{"id": 1, "text": "One"}\n{"id": 2, "text": "Two"}\n'))).toEqual(
    expected,
  );
});

test("numbers of many digits stay as they are written", async () => {
  expect(shown(await load('{"id": 12345678901234567890, "text": "1234567890123456789"}'))).toEqual([
    "paragraph id: 12345678901234567890\ntext: 1234567890123456789",
  ]);
});

test("JSON that is broken is told with its line", async () => {
  const error = await refusal(load('{"a": 1}\n{"a": \n', "a.jsonl"));
  expect(error.reason).toBe("corrupt");
  expect(error.message).toContain("line 2");
});

test("JSON as deep as can be is read, in bounded time and depth", async () => {
  const deep = `${'{"a":['.repeat(150_000)}"here"${"]}".repeat(150_000)}`;
  const [heading, value = ""] = shown(await load(deep));
  expect(heading).toBe("h1 a");
  expect(value).toMatch(/^paragraph a\[0\]\.a\[0\].*: here$/);
  expect(value.length).toBeLessThan(200);
});

test("JSON of nothing but brackets is refused", async () => {
  expect(await reasonOf(load(`[${"[],".repeat(500_000)}1]`))).toBe("too_large");
  expect(await reasonOf(load("[[], {}]"))).toBe("empty");
});
