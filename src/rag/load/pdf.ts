// PDF, read by pdf.js in the build that unpdf makes of it for where there are no browsers and no threads.
import { getResolvedPDFJS } from "unpdf";
import { z } from "zod";
import { type Block, type Facts, LoadError } from "../blocks.ts";
import { Collected, refuseText, shown } from "./collected.ts";
import { PdfLines } from "./pdf-lines.ts";
import { headingKey, type PdfPage, PdfParagraphs } from "./pdf-paragraphs.ts";
import { measureStreams } from "./pdf-streams.ts";
import type { Readable, Told } from "./readable.ts";
import { factsOf } from "./said-of-itself.ts";
import { latin1 } from "./signatures.ts";

/** Letters and figures on a page, on average: fewer, and its text is in its pictures. */
const LEAST_TEXT = 2;
/** Entries of a table of contents that are looked at. */
const LONGEST_OUTLINE = 10_000;
/** Bytes at the end within which a PDF says that it is whole. */
const END_WITHIN = 2048;

type Pdfjs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
type PdfMetadata = Awaited<ReturnType<PdfDocument["getMetadata"]>>["metadata"];
type PdfDocument = Awaited<ReturnType<Pdfjs["getDocument"]>["promise"]>;

export async function readPdf({ bytes, limits, turn, progress }: Readable): Promise<Told> {
  const isWhole = latin1(bytes.subarray(-END_WITHIN)).includes("%%EOF");
  measureStreams(bytes, limits);
  const { getDocument } = await getResolvedPDFJS();
  const task = getDocument({
    data: bytes,
    verbosity: 0,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    maxImageSize: 1,
  });
  try {
    const document = await opened(task.promise);
    const pages = document.numPages;
    if (pages > limits.pages)
      throw new LoadError("too_large", `${shown(pages)} pages, of at most ${shown(limits.pages)}`);
    const into = new Collected(limits);
    const paragraphs = new PdfParagraphs(into, await outlineOf(document));
    let units = 0;
    let blank = 0;
    for (let number = 1; number <= pages; number++) {
      await turn();
      const page = await pageOf(document, number, (text) => {
        units += text.length;
        refuseText(units, limits);
      });
      if (page.lines.length === 0) blank++;
      paragraphs.page(page);
      await progress(number, pages);
    }
    paragraphs.end();
    if (!isWhole && blank > 0) throw new LoadError("corrupt", "its end is missing");
    if (lettersIn(into.blocks) < LEAST_TEXT * pages) throw new LoadError("no_text");
    return { facts: await factsIn(document), pages, blocks: into.blocks };
  } finally {
    await task.destroy().catch(() => undefined); // what was wrong is known already
  }
}

async function opened(document: Promise<PdfDocument>): Promise<PdfDocument> {
  try {
    return await document;
  } catch (error) {
    // A password is asked for, or the file is encrypted for somebody's key or in an unknown way.
    const { name, message } = error instanceof Error ? error : { name: "", message: "" };
    if (name === "PasswordException" || /encrypt/i.test(message))
      throw new LoadError("encrypted", "", { cause: error });
    throw error;
  }
}

async function pageOf(
  document: PdfDocument,
  number: number,
  seen: (text: string) => void,
): Promise<PdfPage> {
  const page = await document.getPage(number);
  const lines = new PdfLines();
  const reader = page.streamTextContent().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const item of value.items) {
      seen(item.str);
      lines.add(item, value.styles[item.fontName]?.fontFamily === "monospace");
    }
  }
  const [, bottom = 0, , top = 0] = page.view.map(Number);
  page.cleanup();
  return { number, lines: lines.end(), bottom, top };
}

/** The headings of its table of contents, with their levels. */
async function outlineOf(document: PdfDocument): Promise<Map<string, number>> {
  const levels = new Map<string, number>();
  const outline = await document.getOutline().catch(() => null);
  let entries = (outline ?? []).map((entry) => ({ entry, level: 1 }));
  while (entries.length > 0 && levels.size < LONGEST_OUTLINE) {
    for (const { entry, level } of entries) {
      const key = headingKey(entry.title);
      if (key !== "" && !levels.has(key)) levels.set(key, level);
    }
    entries = entries.flatMap(({ entry, level }) => {
      const below: NonNullable<typeof outline> = entry.items;
      return below.map((child) => ({ entry: child, level: level + 1 }));
    });
  }
  return levels;
}

const text = z.string().optional().catch(undefined);
const infoSchema = z.object({
  Title: text,
  Author: text,
  Keywords: text,
  Language: text,
  CreationDate: text,
  ModDate: text,
});

async function factsIn(document: PdfDocument): Promise<Facts> {
  const found = await document.getMetadata().catch(() => null); // a text is read without it, too
  const said = infoSchema.safeParse(found?.info).data ?? {};
  // As newer files have it, and some have nothing else. Null where there is none, whatever its type says.
  const newer = (name: string) => {
    const value: unknown = (found?.metadata as PdfMetadata | null | undefined)?.get(name);
    return typeof value === "string" ? value : Array.isArray(value) ? value.join(", ") : undefined;
  };
  return factsOf({
    title: said.Title?.trim().replace(/^Microsoft Word - /, "") || newer("dc:title"),
    author: said.Author?.trim() || newer("dc:creator"),
    language: said.Language?.trim() || newer("dc:language"),
    created_at: said.CreationDate || newer("xmp:createdate"),
    modified_at: said.ModDate || newer("xmp:modifydate"),
    keywords: said.Keywords?.trim() || newer("pdf:keywords"),
  });
}

function lettersIn(blocks: readonly Block[]): number {
  return blocks.reduce(
    (sum, { text: each }) => sum + (each.match(/[\p{L}\p{N}]/gu)?.length ?? 0),
    0,
  );
}
