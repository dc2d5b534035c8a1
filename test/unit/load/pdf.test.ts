import { PDFDocument, PDFName, PDFRawStream } from "pdf-lib";
import { zlibSync } from "fflate";
import { expect, test } from "vitest";
import { LIMITS } from "../../../src/rag/load/limits.ts";
import { bytesOf, load, type Pen, pdf, reasonOf, refusal, shown } from "./made.ts";

const encrypted = import.meta.glob<string>("../../fixtures/documents/*.base64", {
  query: "?raw",
  import: "default",
  eager: true,
});
const fixture = (name: string) => {
  const text = encrypted[`../../fixtures/documents/${name}.pdf.base64`] ?? "";
  return Uint8Array.from(atob(text.replaceAll("\n", "")), (letter) => letter.charCodeAt(0));
};

/** Lines below each other, from a place on. */
function write(
  { page, text }: Pen,
  top: number,
  lines: readonly string[],
  size = 11,
  left = 50,
): void {
  for (const [index, line] of lines.entries())
    page.drawText(line, { x: left, y: top - index * size * 1.3, size, font: text });
}

test("a page's headings, paragraphs, items and tables, with its number", async () => {
  const file = await pdf([
    (pen) => {
      pen.page.drawText("Tea", { x: 50, y: 740, size: 24, font: pen.bold });
      pen.page.drawText("How it is made", { x: 50, y: 700, size: 16, font: pen.bold });
      write(pen, 670, [
        "Tea is made of leaves that are dried, and the wa-",
        "ter has to boil. Then it is",
        "poured.",
      ]);
      write(pen, 610, ["Another paragraph stands further below, and is", "as well of two lines."]);
      write(pen, 560, ["\u2022 A pot of clay, or of", "   iron", "\u2022 Water"]);
      for (const [row, [city, people]] of [
        ["City", "People"],
        ["Graz", "300000"],
        ["Linz", "210000"],
      ].entries()) {
        write(pen, 480 - row * 14, [city ?? ""]);
        write(pen, 480 - row * 14, [people ?? ""], 11, 250);
      }
    },
    (pen) => write(pen, 700, ["The second page."]),
  ]);
  const loaded = await load(file, "tea.pdf");
  expect(loaded).toMatchObject({ kind: "pdf", pages: 2 });
  expect(shown(loaded)).toEqual([
    "h1 p1 Tea",
    "h2 p1 How it is made",
    "paragraph p1 Tea is made of leaves that are dried, and the water has to boil. Then it is poured.",
    "paragraph p1 Another paragraph stands further below, and is as well of two lines.",
    "list_item p1 A pot of clay, or of iron",
    "list_item p1 Water",
    "table p1 City | People\nGraz | 300000\nLinz | 210000",
    "paragraph p2 The second page.",
  ]);
});

test("letters of equal room are code, with its lines and indents", async () => {
  const file = await pdf([
    ({ page, text, code }) => {
      const draw = (line: string, left: number, top: number, font = text) =>
        page.drawText(line, { x: left, y: top, size: 10, font });
      draw("The program is short, and this sentence is much longer than it.", 50, 700);
      draw("if (a) {", 50, 680, code);
      draw("go();", 62, 668, code);
      draw("}", 50, 656, code);
      draw("That is all there is to it.", 50, 640);
    },
  ]);
  expect(shown(await load(file))).toEqual([
    "paragraph p1 The program is short, and this sentence is much longer than it.",
    "code p1 if (a) {\n  go();\n}",
    "paragraph p1 That is all there is to it.",
  ]);
});

test("a document says what it is", async () => {
  const file = await pdf([(pen) => write(pen, 700, ["Text of a page."])], (document) => {
    document.setTitle("Tea");
    document.setAuthor("Ada");
    document.setKeywords(["tea; pots"]);
    document.setLanguage("en-GB");
    document.setCreationDate(new Date("2024-05-01T10:00:00Z"));
    document.setModificationDate(new Date("2024-05-02T10:00:00Z"));
  });
  expect((await load(file)).facts).toEqual({
    title: "Tea",
    author: "Ada",
    language: "en-GB",
    created_at: "2024-05-01T10:00:00.000Z",
    modified_at: "2024-05-02T10:00:00.000Z",
    keywords: ["tea", "pots"],
  });
});

test("what stands at the edges of page after page is no text", async () => {
  const pages = Array.from({ length: 6 }, (_, index) => (pen: Pen) => {
    write(pen, 780, ["The book of tea"], 9);
    write(pen, 600, [`Of chapter ${index + 1} the text.`]);
    write(pen, 20, [`Page ${index + 1} of 6`], 9);
  });
  expect(shown(await load(await pdf(pages)))).toEqual(
    pages.map((_, index) => `paragraph p${index + 1} Of chapter ${index + 1} the text.`),
  );
});

test("columns are read one after the other", async () => {
  const file = await pdf([
    (pen) => {
      write(pen, 700, [
        "The left column begins here",
        "and goes on until it is",
        "at its end, where the",
      ]);
      write(pen, 700, ["right one continues it.", "And ends it."], 11, 320);
    },
  ]);
  expect(shown(await load(file))).toEqual([
    "paragraph p1 The left column begins here and goes on until it is at its end, where the right one continues it. And ends it.",
  ]);
});

test("progress is told after each page, and what it throws is thrown", async () => {
  const file = await pdf(
    [1, 2, 3].map((number) => (pen: Pen) => write(pen, 700, [`Page ${number} of text.`])),
  );
  const told: string[] = [];
  await load(file.slice(), null, { progress: (done, total) => void told.push(`${done}/${total}`) });
  expect(told).toEqual(["1/3", "2/3", "3/3"]);
  const failure = new Error("not now");
  const failing = load(file, null, { progress: () => Promise.reject(failure) });
  await expect(failing).rejects.toBe(failure);
});

test("reading ends between pages where nobody waits for it", async () => {
  const file = await pdf([1, 2, 3].map(() => (pen: Pen) => write(pen, 700, ["Text of a page."])));
  const gone = new AbortController();
  const told: number[] = [];
  const reading = load(file, null, {
    signal: gone.signal,
    progress: (done) => {
      told.push(done);
      gone.abort(new Error("left"));
    },
  });
  await expect(reading).rejects.toThrow("left");
  expect(told).toEqual([1]);
});

test.each(["locked-aes", "locked-rc4"])(
  "%s asks for a password: it is refused as encrypted",
  async (name) => {
    expect(await reasonOf(load(fixture(name), "a.pdf"))).toBe("encrypted");
  },
);

test.each(["open-aes", "open-rc4"])("%s opens without a password, and is read", async (name) => {
  expect(shown(await load(fixture(name)))).toEqual([
    "paragraph p1 A secret that anybody may read.",
  ]);
});

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("a scan has no text layer; a stamp on each page is none", async () => {
  const document = await PDFDocument.create();
  const picture = await document.embedPng(PIXEL);
  for (let page = 0; page < 4; page++) {
    const scan = document.addPage([600, 800]);
    scan.drawImage(picture, { x: 0, y: 0, width: 600, height: 800 });
  }
  expect(await reasonOf(load(await document.save()))).toBe("no_text");
  for (const page of document.getPages())
    page.drawText("Scanned by a scanner", { x: 50, y: 20, size: 8 });
  expect(await reasonOf(load(await document.save()))).toBe("no_text");
});

test("a PDF that was cut short is corrupt", async () => {
  const pages = Array.from(
    { length: 20 },
    (_, index) => (pen: Pen) => write(pen, 700, [`Page ${index} of the text.`]),
  );
  const file = await pdf(pages);
  for (const share of [0.05, 0.3, 0.6, 0.9])
    expect(await reasonOf(load(file.slice(0, file.length * share), "a.pdf"))).toBe("corrupt");
  const error = await refusal(load("%PDF-1.7\nand nothing else", "a.pdf"));
  expect(error.reason).toBe("corrupt");
  expect(error.cause).toBeInstanceOf(Error);
});

/** A PDF of so many empty pages, written by hand: no library makes them as fast. */
function blankPages(count: number): Uint8Array {
  const kids = Array.from({ length: count }, (_, index) => `${index + 3} 0 R`).join(" ");
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    `<</Type/Pages/Count ${count}/Kids[${kids}]>>`,
    ...Array.from({ length: count }, () => "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
  ];
  let file = "%PDF-1.7\n";
  const table = objects.map((object, index) => {
    const at = file.length;
    file += `${index + 1} 0 obj${object}endobj\n`;
    return `${String(at).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  const xref = `xref\n0 ${size}\n0000000000 65535 f \n${table.join("")}`;
  return bytesOf(
    `${file}${xref}trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`,
  );
}

test("5,000 pages are refused by their count, before any is read", async () => {
  const told: number[] = [];
  const options = { progress: (done: number) => void told.push(done) };
  const error = await refusal(load(blankPages(5000), null, options));
  expect(error.reason).toBe("too_large");
  expect(error.message).toContain("5,000 pages, of at most 2,000");
  expect(told).toEqual([]);
});

test("a page that inflates without end is refused before it is opened", async () => {
  const document = await PDFDocument.create();
  const page = document.addPage([100, 100]);
  const data = zlibSync(new Uint8Array(5_000_000).fill(0x20));
  const dictionary = document.context.obj({ Filter: "FlateDecode", Length: data.length });
  page.node.set(
    PDFName.of("Contents"),
    document.context.register(PDFRawStream.of(dictionary, data)),
  );
  const limits = { ...LIMITS, inflated: 10_000_000 };
  const error = await refusal(load(await document.save(), null, { limits }));
  expect(error.reason).toBe("too_large");
  expect(error.message).toContain("4,000,000 bytes");
});
