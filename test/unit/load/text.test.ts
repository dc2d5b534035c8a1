import { expect, test } from "vitest";
import { bytesOf, load, reasonOf, refusal, shown, utf16 } from "./made.ts";

test("paragraphs, headings and lists of plain text", async () => {
  const text =
    "Tea\n===\n\nHow it is made,\nand drunk.\n\nWHAT IT TAKES\n\n- a pot\n- water,\n  hot\n\n1. Boil.\n2. Pour.\n";
  const loaded = await load(text, "tea.txt");
  expect(loaded).toMatchObject({ kind: "text", pages: null });
  expect(shown(loaded)).toEqual([
    "h1 Tea",
    "paragraph How it is made,\nand drunk.",
    "h2 WHAT IT TAKES",
    "list_item a pot",
    "list_item water,\nhot",
    "list_item 1. Boil.",
    "list_item 2. Pour.",
  ]);
});

test("form feeds part pages", async () => {
  const loaded = await load("One.\n\f\nTwo.\n\nStill two.\f", "a.txt");
  expect(loaded.pages).toBe(2);
  expect(shown(loaded)).toEqual([
    "paragraph p1 One.",
    "paragraph p2 Two.",
    "paragraph p2 Still two.",
  ]);
});

const GERMAN = "Grüße aus Köln, für 5 € das Stück.";

test.each([
  ["UTF-8", bytesOf(GERMAN)],
  ["UTF-8 with a mark", bytesOf(`\ufeff${GERMAN}`)],
  ["UTF-16 LE with a mark", utf16(GERMAN, { mark: true })],
  ["UTF-16 BE with a mark", utf16(GERMAN, { big: true, mark: true })],
  ["UTF-16 LE", utf16(GERMAN)],
  ["UTF-16 BE", utf16(GERMAN, { big: true })],
  [
    "windows-1252",
    Uint8Array.from(GERMAN, (letter) => (letter === "€" ? 0x80 : letter.charCodeAt(0))),
  ],
])("%s is read", async (_, bytes) => {
  expect(shown(await load(bytes))).toEqual([`paragraph ${GERMAN}`]);
});

test("Chinese in UTF-16 without a mark is read", async () => {
  const text = "知识是从文件里来的。\n\n第 2 段。";
  expect(shown(await load(utf16(text.repeat(20))))[0]).toBe("paragraph 知识是从文件里来的。");
});

test("a declared charset is believed where the bytes allow it", async () => {
  const bytes = new Uint8Array([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]); // windows-1251
  const loaded = await load(bytes, null, { type: "text/plain; charset=windows-1251" });
  expect(shown(loaded)).toEqual(["paragraph Привет"]);
});

test("a character that is cut off does not make the others unreadable", async () => {
  const bytes = bytesOf("Grüße, größer, schöner, süßer, übermütig, fröhlich, Übergrößenträgeröse…");
  const loaded = await load(bytes.subarray(0, -1));
  expect(shown(loaded)[0]).toMatch(/^paragraph Grüße, größer/);
});

test("zeros and other controls are taken out", async () => {
  expect(shown(await load("One\u0000 and\u0007 two.\u0000\u0000 Three.", "a.txt"))).toEqual([
    "paragraph One and two. Three.",
  ]);
});

test("what has no text is empty", async () => {
  expect(await reasonOf(load(""))).toBe("empty");
  expect(await reasonOf(load(" \n\t\n", "a.txt"))).toBe("empty");
  expect(await reasonOf(load("\ufeff", "a.txt"))).toBe("empty");
});

test("more text than may be is refused, and the limit named", async () => {
  const error = await refusal(load("word ".repeat(1_000_001), "a.txt"));
  expect(error.reason).toBe("too_large");
  expect(error.message).toContain("5,000,000 characters");
});

test("more bytes than may be are refused before they are looked at", async () => {
  const error = await refusal(load(new Uint8Array(25_000_001)));
  expect(error.message).toContain("25,000,000 bytes");
});

test("more blocks than may be are refused", async () => {
  expect((await refusal(load("a\n\n".repeat(200_001), "a.txt"))).message).toContain(
    "200,000 blocks",
  );
});

test("a long run of spaces takes no longer than other text", async () => {
  const loaded = await load(`a${" ".repeat(4_000_000)}b`, "a.txt");
  expect(loaded.blocks).toHaveLength(1);
});

test("reading ends where nobody waits for it", async () => {
  const reason = new Error("left");
  await expect(load("Hello.", "a.md", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
