import { expect, test } from "vitest";
import { LoadError } from "../../../src/rag/blocks.ts";
import { detectKind } from "../../../src/rag/load/detect.ts";
import { bytesOf, docx, docxParts, ole, paragraph, pdf, utf16, zip } from "./made.ts";

const kindOf = (
  file: Uint8Array | string,
  name: string | null = null,
  type: string | null = null,
) => detectKind(typeof file === "string" ? bytesOf(file) : file, { name, type });

function refused(file: Uint8Array | string, name: string | null = null): string {
  try {
    return `read as ${kindOf(file, name)}`;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return `${error.reason}: ${/\((.*)\)$/.exec(error.message)?.[1] ?? ""}`;
  }
}

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);

test("a file is what is in it, whatever it is called", async () => {
  const file = await pdf([({ page }) => page.drawText("Hello")]);
  expect(kindOf(file, "notes.txt", "text/plain")).toBe("pdf");
  expect(kindOf(docx(paragraph("Hello")), "notes.pdf", "application/pdf")).toBe("docx");
  expect(kindOf("<!DOCTYPE html><p>Hello", "page.txt", "text/plain")).toBe("html");
  expect(kindOf('{"a": 1}', "data.csv", "text/csv")).toBe("json");
  expect(refused(png, "scan.pdf")).toBe("unsupported: it is a PNG picture");
});

test("nothing is empty", () => {
  expect(refused("")).toBe("empty: it has no bytes");
});

test("what is no document is told by its name", () => {
  expect(refused(zip({ "xl/workbook.xml": bytesOf("<x/>") }), "a.docx")).toContain("XLSX");
  expect(refused(zip({ "ppt/presentation.xml": bytesOf("<x/>") }))).toContain("PPTX");
  const odt = zip({ mimetype: [bytesOf("application/vnd.oasis.opendocument.text"), { level: 0 }] });
  expect(refused(odt)).toContain("ODT");
  expect(refused(zip({ "a.txt": bytesOf("Hello") }))).toContain("ZIP archive");
  expect(refused(ole("WordDocument"), "old.doc")).toContain("before 2007");
  expect(refused("{\\rtf1 Hello}")).toContain("RTF");
  expect(refused("MZ\u0090\u0000\u0003\u0000")).toContain("Windows program");
  expect(refused("\u007fELF\u0002\u0001")).toContain("Linux program");
  expect(refused("<svg xmlns='x'><text>Hello</text></svg>")).toContain("SVG");
  const noise = Uint8Array.from({ length: 3000 }, (_, index) => (index * 97 + 13) % 256);
  expect(refused(noise, "a.txt")).toBe("unsupported: it is no text");
});

test("an Office document that is encrypted is no older one", () => {
  const file = ole("EncryptionInfo", "EncryptedPackage");
  expect(refused(file, "plan.docx")).toBe("encrypted: an encrypted Office document");
});

test("a DOCX that was cut short is still one", () => {
  const whole = zip(docxParts(paragraph("Hello")));
  expect(kindOf(whole.subarray(0, whole.length - 200))).toBe("docx");
});

test("text is told by how it looks", () => {
  expect(kindOf("# Tea\n\nSome **strong** tea, [here](https://example.com).\n")).toBe("markdown");
  expect(kindOf("---\ntitle: Tea\n---\n\nTea.\n")).toBe("markdown");
  expect(kindOf("name;city;age\nAda;Graz;36\nBob;Linz;41\n")).toBe("csv");
  expect(kindOf("a\tb\n1\t2\n3\t4\n")).toBe("csv");
  expect(kindOf("[1, 2, 3]")).toBe("json");
  expect(kindOf('{"a": 1}\n{"a": 2}\n')).toBe("json");
  expect(kindOf("<p>One.</p><p>Two.</p>")).toBe("html");
  expect(kindOf("<?xml version='1.0'?>\n<!-- x --><!DOCTYPE html><html>")).toBe("html");
});

test("prose is text, though it has commas, brackets and marks in it", () => {
  expect(kindOf("Dear Ada, thank you, and Bob.\nCome soon, please.\n")).toBe("text");
  expect(kindOf("[1] As was said by others, this is a note.")).toBe("text");
  expect(kindOf("{not json} at all")).toBe("text");
  expect(kindOf("# a comment\nPATH=/bin\nX=1\n")).toBe("text");
  expect(kindOf("The mark %PDF-1.7 begins a PDF.")).toBe("text");
  expect(kindOf("MZ is how programs begin; BM, pictures.")).toBe("text");
});

test("a name breaks a tie between kinds of text", () => {
  expect(kindOf("a,b\n1,2\n", "data.csv")).toBe("csv");
  expect(kindOf("Just a line.", "readme.md")).toBe("markdown");
  expect(kindOf("<h1 align=center>Tea</h1>\n\nText.", "README.md")).toBe("markdown");
  expect(kindOf("Just a line.", null, "text/html; charset=utf-8")).toBe("html");
});

test("UTF-16 is text, with its mark and without", () => {
  expect(kindOf(utf16("Hello, out there.", { mark: true }))).toBe("text");
  expect(kindOf(utf16("<!doctype html><p>Hello", { big: true }))).toBe("html");
});
