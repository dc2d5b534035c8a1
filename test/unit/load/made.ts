// Files for the tests to read, made as they are needed; and how a test reads one.
import { type Zippable, strToU8, zipSync } from "fflate";
import { PDFDocument, type PDFFont, type PDFPage, StandardFonts } from "pdf-lib";
import { type Block, type Loaded, LoadError } from "../../../src/rag/blocks.ts";
import { loadDocument, type LoadOptions } from "../../../src/rag/load/load.ts";

export const bytesOf = (text: string) => new TextEncoder().encode(text);

export function load(
  file: Uint8Array | string,
  name: string | null = null,
  options: LoadOptions & { type?: string } = {},
): Promise<Loaded> {
  const { type = null, ...others } = options;
  const bytes = typeof file === "string" ? bytesOf(file) : file;
  return loadDocument(bytes, { name, type }, others);
}

/** Why it could not be loaded; whatever else is thrown fails the test. */
export async function refusal(loading: Promise<Loaded>): Promise<LoadError> {
  const error: unknown = await loading.then(
    (loaded) => new Error(`it was loaded as ${loaded.kind}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof LoadError) return error;
  throw error;
}

export async function reasonOf(loading: Promise<Loaded>): Promise<string> {
  return (await refusal(loading)).reason;
}

/** Blocks as lines: `h1 Title`, `paragraph p2 Text`. */
export function shown({ blocks }: Loaded): string[] {
  return blocks.map((block: Block) => {
    const kind = block.kind === "heading" ? `h${block.level}` : block.kind;
    return `${kind}${block.page === null ? "" : ` p${block.page}`} ${block.text}`;
  });
}

export type Pen = { page: PDFPage; text: PDFFont; bold: PDFFont; code: PDFFont };

export async function pdf(
  draw: readonly ((pen: Pen) => void)[],
  about?: (document: PDFDocument) => void,
): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const text = await document.embedFont(StandardFonts.Helvetica);
  const bold = await document.embedFont(StandardFonts.HelveticaBold);
  const code = await document.embedFont(StandardFonts.Courier);
  for (const each of draw) each({ page: document.addPage([600, 800]), text, bold, code });
  about?.(document);
  return document.save();
}

const MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

export const paragraph = (text: string, style = "") =>
  `<w:p><w:pPr>${style}</w:pPr><w:r><w:rPr><w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
export const styled = (id: string, text: string) => paragraph(text, `<w:pStyle w:val="${id}"/>`);
export const item = (text: string, list: 1 | 2, level = 0) =>
  paragraph(text, `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr>`);
export const table = (rows: readonly (readonly string[])[]) =>
  `<w:tbl>${rows
    .map((row) => `<w:tr>${row.map((cell) => `<w:tc>${paragraph(cell)}</w:tc>`).join("")}</w:tr>`)
    .join("")}</w:tbl>`;

/** A whole DOCX's parts, to be zipped or spoilt first. */
export function docxParts(
  body: string,
  others: Record<string, string> = {},
): Record<string, Uint8Array> {
  const style = (id: string, name: string) =>
    `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`;
  const level = (index: number, format: string) =>
    `<w:lvl w:ilvl="${index}"><w:numFmt w:val="${format}"/></w:lvl>`;
  const relation = (id: number, type: string, target: string) =>
    `<Relationship Id="rId${id}" Type="${type}" Target="${target}"/>`;
  const parts: Record<string, string> = {
    "[Content_Types].xml": `<Types xmlns="${PACKAGE}/content-types"/>`,
    "_rels/.rels": `<Relationships xmlns="${PACKAGE}/relationships">${relation(1, `${OFFICE}/officeDocument`, "word/document.xml")}${relation(2, `${PACKAGE}/relationships/metadata/core-properties`, "docProps/core.xml")}</Relationships>`,
    "word/_rels/document.xml.rels": `<Relationships xmlns="${PACKAGE}/relationships">${relation(1, `${OFFICE}/styles`, "styles.xml")}${relation(2, `${OFFICE}/numbering`, "numbering.xml")}${relation(3, `${OFFICE}/footnotes`, "footnotes.xml")}</Relationships>`,
    "word/document.xml": `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="${MAIN}" xmlns:r="${OFFICE}"><w:body>${body}<w:sectPr/></w:body></w:document>`,
    "word/styles.xml": `<w:styles xmlns:w="${MAIN}"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults>${style("Heading1", "heading 1")}${style("Heading2", "heading 2")}${style("Title", "Title")}${style("Quote", "Quote")}${style("Code", "Source Code")}</w:styles>`,
    "word/numbering.xml": `<w:numbering xmlns:w="${MAIN}"><w:abstractNum w:abstractNumId="1">${level(0, "bullet")}${level(1, "bullet")}</w:abstractNum><w:abstractNum w:abstractNumId="2">${level(0, "decimal")}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num></w:numbering>`,
    "docProps/core.xml": `<cp:coreProperties xmlns:cp="x" xmlns:dc="y" xmlns:dcterms="z"><dc:title>Tea &amp; Biscuits</dc:title><dc:creator>Ada</dc:creator><cp:keywords>tea, biscuits</cp:keywords><dcterms:created>2024-05-01T10:00:00Z</dcterms:created></cp:coreProperties>`,
    ...others,
  };
  return Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]));
}

export function docx(body: string, others: Record<string, string> = {}): Uint8Array {
  return zipSync(docxParts(body, others));
}

export const zip = (files: Zippable) => zipSync(files);

/** The older Office container, as far as it tells what it holds: its first sector, and a directory. */
export function ole(...entries: string[]): Uint8Array {
  const bytes = new Uint8Array(512 + 128 * 8);
  bytes.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  for (const [index, name] of ["Root Entry", ...entries].entries()) {
    const at = 512 + 128 * index;
    for (let unit = 0; unit < name.length; unit++) bytes[at + 2 * unit] = name.charCodeAt(unit);
    bytes[at + 64] = 2 * (name.length + 1);
  }
  return bytes;
}

export function utf16(text: string, { big = false, mark = false } = {}): Uint8Array {
  const units = mark ? `\ufeff${text}` : text;
  const view = new DataView(new ArrayBuffer(2 * units.length));
  for (let at = 0; at < units.length; at++) view.setUint16(2 * at, units.charCodeAt(at), !big);
  return new Uint8Array(view.buffer);
}
