// DOCX: its parts found and measured, its text cut into small documents, and each of those made HTML by mammoth
// and read as such. Headers, footers, comments and pictures are not read.
import { strToU8, zipSync } from "fflate";
import mammoth from "mammoth";
import { type Facts, LoadError } from "../blocks.ts";
import { Collected } from "./collected.ts";
import { DocxPieces } from "./docx-pieces.ts";
import { readFragment } from "./html.ts";
import { attribute, resolved } from "./html-tokens.ts";
import type { Limits } from "./limits.ts";
import type { Readable, Told } from "./readable.ts";
import { factsOf } from "./said-of-itself.ts";
import { Inflated, type Part, partsOf, piecesOf } from "./zip.ts";

/** Bytes of styles, numberings and relations: these are read whole, the first two with every piece of the text. */
const LARGEST_HELP = 3_000_000;

/** How styles are read that mammoth has no rule for; the names are Word's, LibreOffice's and pandoc's. */
const STYLES = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Quote'] => blockquote > p:fresh",
  "p[style-name='Intense Quote'] => blockquote > p:fresh",
  "p[style-name='Block Text'] => blockquote > p:fresh",
  "p[style-name='Quotations'] => blockquote > p:fresh",
  "p[style-name='HTML Preformatted'] => pre:separator('\\n')",
  "p[style-name='Preformatted Text'] => pre:separator('\\n')",
  "p[style-name='Source Code'] => pre:separator('\\n')",
  "p[style-name='Code'] => pre:separator('\\n')",
];

export async function readDocx({ bytes, limits, turn }: Readable): Promise<Told> {
  const archive = new Archive(bytes, limits);
  archive.measure();
  const into = new Collected(limits);
  const help = archive.help();
  for (const part of archive.texts) {
    const convert = async (piece: string) => {
      await turn();
      readFragment(await asHtml(piece, help), into, { numbered: false });
    };
    const pieces = new DocxPieces();
    for (const text of archive.pieces(part))
      for (const piece of pieces.push(text)) await convert(piece);
    for (const piece of pieces.end()) await convert(piece);
  }
  if (into.blocks.length === 0 && archive.hasPictures) throw new LoadError("no_text");
  const facts = archive.facts();
  const [first] = into.blocks;
  const heading = first?.kind === "heading" ? first.text : null;
  return { facts: { ...facts, title: facts.title ?? heading }, pages: null, blocks: into.blocks };
}

type Help = { styles: string; numbering: string };

async function asHtml(document: string, { styles, numbering }: Help): Promise<string> {
  const files: Record<string, Uint8Array> = { "word/document.xml": strToU8(document) };
  if (styles !== "") files["word/styles.xml"] = strToU8(styles);
  if (numbering !== "") files["word/numbering.xml"] = strToU8(numbering);
  const zipped = zipSync(files, { level: 0 });
  const arrayBuffer = zipped.buffer.slice(zipped.byteOffset, zipped.byteOffset + zipped.length);
  // Of mammoth's two builds the one for Node takes `buffer`, the one that is bundled `arrayBuffer`.
  const input = { arrayBuffer, buffer: zipped };
  const { value } = await mammoth.convertToHtml(input, {
    styleMap: STYLES,
    includeEmbeddedStyleMap: false,
  });
  return value;
}

/** The parts of the archive that are read, and no others. */
class Archive {
  /** The main part, then the notes. */
  readonly texts: string[];
  readonly hasPictures: boolean;
  readonly #bytes: Uint8Array;
  readonly #limits: Limits;
  readonly #parts: Map<string, Part>;
  readonly #styles: string | null;
  readonly #numbering: string | null;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#parts = partsOf(bytes);
    this.hasPictures = [...this.#parts.keys()].some((name) => name.includes("/media/"));
    const main = this.#related("", "officeDocument") ?? "word/document.xml";
    if (!this.#parts.has(main)) throw new LoadError("corrupt", "it has no main part");
    const notes = [this.#related(main, "footnotes"), this.#related(main, "endnotes")];
    this.texts = [main, ...notes.filter((name) => name !== null)];
    this.#styles = this.#related(main, "styles");
    this.#numbering = this.#related(main, "numbering");
  }

  /** Inflates once all that will be read, and keeps nothing. @throws {LoadError} too_large */
  measure(): void {
    const inflated = new Inflated(this.#limits.inflated);
    for (const name of this.texts) for (const _ of this.#inflate(name, inflated)) continue;
  }

  help(): Help {
    return { styles: this.text(this.#styles), numbering: this.text(this.#numbering) };
  }

  facts(): Facts {
    const core = this.text(this.#related("", "core-properties"));
    const said = (name: string) =>
      resolved(new RegExp(`<(?:\\w+:)?${name}\\b[^>]*>([^<]*)<`).exec(core)?.[1] ?? "");
    const language = /<w:lang\b[^>]*\bw:val="([\w-]+)"/.exec(this.text(this.#styles))?.[1];
    return factsOf({
      title: said("title"),
      author: said("creator"),
      language: said("language") || language,
      created_at: said("created"),
      modified_at: said("modified"),
      keywords: said("keywords"),
    });
  }

  /** A small part, whole; "" of one that is not there. @throws {LoadError} too_large */
  text(name: string | null): string {
    if (name === null) return "";
    const inflated = new Inflated(LARGEST_HELP);
    return [...decodedXml(this.#inflate(name, inflated))].join("");
  }

  pieces(name: string): Generator<string> {
    return decodedXml(this.#inflate(name, new Inflated(this.#limits.inflated)));
  }

  #inflate(name: string, inflated: Inflated): Iterable<Uint8Array> {
    const part = this.#parts.get(name);
    return part === undefined ? [] : piecesOf(this.#bytes, part, inflated);
  }

  /** The part that stands to another in the relation that ends so. */
  #related(name: string, relation: string): string | null {
    const relations = this.text(relationsOf(name));
    for (const [tag] of relations.matchAll(/<(?:\w+:)?Relationship\b[^>]*>/g)) {
      if (attribute(tag, "Type")?.endsWith(`/${relation}`) !== true) continue;
      const target = attribute(tag, "Target") ?? "";
      const folder = name.slice(0, name.lastIndexOf("/") + 1);
      const path = target.startsWith("/") ? target.slice(1) : folder + target;
      if (this.#parts.has(path)) return path;
    }
    return null;
  }
}

function relationsOf(name: string): string {
  const at = name.lastIndexOf("/") + 1;
  return `${name.slice(0, at)}_rels/${name.slice(at)}.rels`;
}

function* decodedXml(pieces: Iterable<Uint8Array>): Generator<string> {
  const decoder = new TextDecoder();
  for (const piece of pieces) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}
