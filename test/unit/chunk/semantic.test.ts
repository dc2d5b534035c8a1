// Cutting where the subject changes, by vectors that the tests make up.
import { expect, test, vi } from "vitest";
import { block, cut, heading, joined, paragraph, prose, said } from "./documents.ts";

/** What a text is about, as a direction: tides or trains, or half of each. */
const embed = vi.fn((texts: readonly string[]) =>
  Promise.resolve(
    texts.map((text) => Float32Array.of(/tide/.test(text) ? 1 : 0, /train/.test(text) ? 1 : 0)),
  ),
);
const semantic = { strategy: "semantic" as const };

test("neighbours that are unlike each other are parted, and nothing is repeated between them", async () => {
  const text = "The tide rises. The tide falls. The train leaves. The train comes. No tide waits.";
  const chunks = await cut([paragraph(text)], semantic, { embed });
  expect(chunks.map(({ text: own }) => own)).toEqual([
    "The tide rises. The tide falls.",
    "The train leaves. The train comes.",
    "No tide waits.",
  ]);
  expect(chunks.every(({ overlap }) => overlap === 0)).toBe(true);
});

test("the threshold says how unlike they have to be", async () => {
  const text = "The tide rises. The tide stops the train. The train leaves.";
  const count = async (threshold: number) =>
    (await cut([paragraph(text)], { ...semantic, threshold }, { embed })).length;
  expect(await count(0.7)).toBe(1); // the cosine is 0.707
  expect(await count(0.75)).toBe(3);
});

test("what is one subject is cut where a chunk is full, and there something is repeated", async () => {
  const chunks = await cut([paragraph(prose(80, "tide"))], semantic, { embed });
  expect(chunks.length).toBeGreaterThan(3);
  expect(chunks.slice(1).every(({ overlap }) => overlap > 0)).toBe(true);
});

test("a heading goes with the sentence below it, across blocks", async () => {
  const blocks = [
    heading(1, "Of tides"),
    paragraph("The tide rises."),
    block("list_item", "A tide falls. Then a train leaves."),
    heading(2, "Of trains"),
    paragraph("The train leaves."),
  ];
  const chunks = await cut(blocks, semantic, { embed });
  expect(chunks.map(({ text }) => text)).toEqual([
    "Of tides\n\nThe tide rises.",
    "- A tide falls. Then a train leaves.",
    "Of trains\n\nThe train leaves.",
  ]);
  expect(joined(chunks)).toBe(said(blocks));
});

test("a table and a piece of code are compared as a whole", async () => {
  embed.mockClear();
  await cut([block("table", "a | tide\nb | train"), block("code", "tide();\ntrain();")], semantic, {
    embed,
  });
  expect(embed.mock.calls).toEqual([[["a | tide\nb | train", "tide();\ntrain();"]]]);
});

test("texts are embedded in batches, each once, and long ones from their beginning", async () => {
  embed.mockClear();
  await cut([paragraph(prose(250)), block("code", "x".repeat(100_000))], semantic, { embed });
  const batches = embed.mock.calls.map(([texts]) => texts);
  expect(batches.map((texts) => texts.length)).toEqual([96, 96, 59]);
  expect(new Set(batches.flat()).size).toBe(251);
  expect(Math.max(...batches.flat().map((text) => text.length))).toBe(2_000);
});

test("without an embedder it cuts by sentences", async () => {
  const blocks = [paragraph(prose(80))];
  expect(await cut(blocks, semantic)).toEqual(await cut(blocks, { strategy: "sentence" }));
});

test("an embedder that fails, or gives too few vectors, is the document's failure", async () => {
  const broken = () => Promise.reject(new Error("busy"));
  await expect(cut([paragraph(prose(3))], semantic, { embed: broken })).rejects.toThrow("busy");
  const short = () => Promise.resolve([]);
  await expect(cut([paragraph(prose(3))], semantic, { embed: short })).rejects.toThrow(
    "0 vectors for 3 texts",
  );
});
