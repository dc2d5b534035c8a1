import { expect, test } from "vitest";
import { type Limits, LIMITS } from "../../../src/rag/load/limits.ts";
import {
  bytesOf,
  docx,
  docxParts,
  item,
  load,
  ole,
  paragraph,
  reasonOf,
  refusal,
  shown,
  styled,
  table,
  zip,
} from "./made.ts";

test("a document's blocks, in reading order, and what it says of itself", async () => {
  const loaded = await load(
    docx(
      styled("Title", "Tea") +
        styled("Heading1", "Making &amp; drinking") +
        paragraph("Some text.") +
        item("A pot", 1) +
        item("of clay", 1, 1) +
        item("Boil", 2) +
        item("Pour", 2) +
        styled("Heading2", "Cities") +
        table([
          ["City", "People"],
          ["Graz", "300000"],
        ]) +
        styled("Quote", "Said.") +
        styled("Code", "let a = 1;") +
        styled("Code", "  let b = 2;"),
    ),
    "tea.docx",
  );
  expect(loaded).toMatchObject({ kind: "docx", pages: null });
  expect(loaded.facts).toEqual({
    title: "Tea & Biscuits",
    author: "Ada",
    language: "en-GB",
    created_at: "2024-05-01T10:00:00.000Z",
    modified_at: null,
    keywords: ["tea", "biscuits"],
  });
  expect(shown(loaded)).toEqual([
    "h1 Tea",
    "h1 Making & drinking",
    "paragraph Some text.",
    "list_item A pot",
    "list_item of clay",
    "list_item Boil",
    "list_item Pour",
    "h2 Cities",
    "table City | People\nGraz | 300000",
    "quote Said.",
    "code let a = 1;\n  let b = 2;",
  ]);
});

test("notes are read behind the text; content controls, links and changes are text", async () => {
  const body = `<w:sdt><w:sdtPr><w:alias w:val="no"/></w:sdtPr><w:sdtContent>${paragraph("Controlled.")}</w:sdtContent></w:sdt>
    <w:p><w:r><w:t>See </w:t></w:r><w:hyperlink r:id="rId9"><w:r><w:t>there</w:t></w:r></w:hyperlink><w:r><w:footnoteReference w:id="2"/></w:r>
    <w:ins w:id="1"><w:r><w:t xml:space="preserve"> now</w:t></w:r></w:ins><w:del w:id="2"><w:r><w:delText>no</w:delText></w:r></w:del></w:p>`;
  const notes = `<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="2">${paragraph("A note.")}</w:footnote></w:footnotes>`;
  expect(shown(await load(docx(body, { "word/footnotes.xml": notes })))).toEqual([
    "paragraph Controlled.",
    "paragraph See there now",
    "paragraph A note.",
  ]);
});

test("a long document is read piece by piece, tables between their rows", async () => {
  const rows = Array.from({ length: 2500 }, (_, index) => [`Row ${index}`, "x"]);
  const text = Array.from({ length: 2500 }, (_, index) => paragraph(`Paragraph ${index}`)).join("");
  const loaded = await load(docx(text + table(rows) + paragraph("The end.")));
  const blocks = shown(loaded);
  expect(blocks.slice(0, 2500)).toEqual(
    Array.from({ length: 2500 }, (_, index) => `paragraph Paragraph ${index}`),
  );
  const lines = blocks.slice(2500, -1).flatMap((block) => block.replace("table ", "").split("\n"));
  expect(lines).toEqual(rows.map((row) => row.join(" | ")));
  expect(blocks.at(-1)).toBe("paragraph The end.");
});

test("what is no whole archive is corrupt, and nothing else", async () => {
  const whole = docx(paragraph("Text that is long enough to be cut. ".repeat(50)));
  for (const share of [0.3, 0.6, 0.9, 0.99])
    expect(await reasonOf(load(whole.slice(0, whole.length * share), "a.docx"))).toBe("corrupt");
  const spoilt = whole.slice();
  spoilt.fill(0x55, 700, 900);
  expect(await reasonOf(load(spoilt, "a.docx"))).toBe("corrupt");
});

test("XML that is broken, or breaks off, is corrupt", async () => {
  const parts = docxParts("");
  const main = "word/document.xml";
  for (const xml of [
    "",
    "<w:document",
    "no XML",
    "<a><b></a></b>",
    "<w:document><w:body><w:p><w:r>",
  ])
    expect(await reasonOf(load(zip({ ...parts, [main]: bytesOf(xml) })))).toMatch(/corrupt|empty/);
  delete parts[main];
  expect(await reasonOf(load(zip({ ...parts, "word/x.xml": bytesOf("") })))).toBe("corrupt");
});

test("a document without text is empty; one of pictures has no text layer", async () => {
  expect(await reasonOf(load(docx(paragraph(""))))).toBe("empty");
  expect(await reasonOf(load(docx(paragraph(""), { "word/media/1.png": "x" })))).toBe("no_text");
});

test("an encrypted document says so", async () => {
  expect(await reasonOf(load(ole("EncryptionInfo", "EncryptedPackage"), "a.docx"))).toBe(
    "encrypted",
  );
  const file = docx(paragraph("Text."));
  const view = new DataView(file.buffer, file.byteOffset);
  const directory = view.getUint32(file.length - 6, true);
  for (let at = directory; at + 46 < file.length && view.getUint32(at, true) === 0x02014b50;)
    at += (view.setUint16(at + 8, 1, true), 46 + view.getUint16(at + 28, true));
  expect(await reasonOf(load(file))).toBe("encrypted");
});

const limits: Limits = { ...LIMITS, inflated: 10_000_000 };
/** 20 MB of spaces behind a paragraph, some 20 KB compressed. */
const bomb = () => docx(paragraph("Text.") + " ".repeat(20_000_000));

test("a zip bomb is refused before it is read, and the limit named", async () => {
  const file = bomb();
  expect(file.length).toBeLessThan(100_000);
  const error = await refusal(load(file, "a.docx", { limits }));
  expect(error.reason).toBe("too_large");
  expect(error.message).toContain("10,000,000 bytes");
});

test("a zip bomb that lies of its size is refused as well", async () => {
  const file = bomb();
  const view = new DataView(file.buffer, file.byteOffset);
  for (let at = 0; at + 46 < file.length; at++) {
    const signature = view.getUint32(at, true);
    if (signature === 0x04034b50) view.setUint32(at + 22, 100, true);
    if (signature === 0x02014b50) view.setUint32(at + 24, 100, true);
  }
  expect(await reasonOf(load(file, "a.docx", { limits }))).toBe("too_large");
});

test("spaces between paragraphs are no text, however many", async () => {
  expect(shown(await load(bomb()))).toEqual(["paragraph Text."]);
});

test("a paragraph without end is refused", async () => {
  const text = "word ".repeat(900_000);
  expect(await reasonOf(load(docx(paragraph(text))))).toBe("too_large");
});

test("tables within tables, as deep as can be, end in a reason", async () => {
  const deep = 20_000;
  const body = `${"<w:tbl><w:tr><w:tc>".repeat(deep)}${paragraph("x")}${"</w:tc></w:tr></w:tbl>".repeat(deep)}`;
  expect(await reasonOf(load(docx(body)))).toMatch(/corrupt|too_large/);
});
