// HTML: what a page says, and what it says of itself.
import type { Facts } from "../blocks.ts";
import { Collected } from "./collected.ts";
import { charsetOf, decoded, encodingOf } from "./encoding.ts";
import { HtmlBlocks } from "./html-blocks.ts";
import { attribute, HtmlTokens } from "./html-tokens.ts";
import type { Readable, Told } from "./readable.ts";
import { factsOf, type Said } from "./said-of-itself.ts";
import { latin1 } from "./signatures.ts";

/** Where a page's encoding has to be declared (WHATWG HTML, 4.2.5.4). */
const CHARSET_WITHIN = 1024;

/** The names under which pages have their facts. */
const META: Readonly<Record<string, keyof Said | "description">> = {
  author: "author",
  "article:author": "author",
  "dc.creator": "author",
  "dcterms.creator": "author",
  "og:title": "title",
  "dc.title": "title",
  keywords: "keywords",
  "content-language": "language",
  "article:published_time": "created_at",
  "dc.date": "created_at",
  "dcterms.created": "created_at",
  date: "created_at",
  "article:modified_time": "modified_at",
  "og:updated_time": "modified_at",
  "dcterms.modified": "modified_at",
  "last-modified": "modified_at",
  description: "description",
  "og:description": "description",
};

export async function readHtml({ bytes, hints, limits, turn }: Readable): Promise<Told> {
  const into = new Collected(limits);
  const declared = charsetOf(hints.type) ?? metaCharset(bytes);
  const tokens = new HtmlTokens();
  const page = new Page(into);
  for (const piece of decoded(bytes, encodingOf(bytes, declared))) {
    for (const token of tokens.push(piece)) page.take(token);
    await turn();
  }
  for (const token of tokens.end()) page.take(token);
  return { facts: page.end(), pages: null, blocks: into.blocks };
}

/** A piece of HTML within another document: its blocks, and none of its facts. */
export function readFragment(
  html: string,
  into: Collected,
  options: { numbered?: boolean } = {},
): void {
  const tokens = new HtmlTokens();
  const blocks = new HtmlBlocks(into, options);
  for (const token of tokens.push(html)) blocks.take(token);
  for (const token of tokens.end()) blocks.take(token);
  blocks.end();
}

class Page {
  readonly #blocks: HtmlBlocks;
  readonly #into: Collected;
  readonly #said: Said = {};
  #description = "";
  /** The pieces of the title, while it is read and after. */
  #title: string[] | null = null;
  #inTitle = false;

  constructor(into: Collected) {
    this.#into = into;
    this.#blocks = new HtmlBlocks(into);
  }

  take(token: Parameters<HtmlBlocks["take"]>[0]): void {
    if (token.type === "open") {
      if (token.name === "meta") this.#meta(token.attributes);
      else if (token.name === "html") this.#said.language ??= attribute(token.attributes, "lang");
      else if (token.name === "title" && this.#title === null) {
        this.#title = [];
        this.#inTitle = true;
        return;
      }
    } else if (this.#inTitle) {
      if (token.type === "text") this.#title?.push(token.text);
      else this.#inTitle = false;
      return;
    }
    this.#blocks.take(token);
  }

  end(): Facts {
    this.#blocks.end();
    // A page that a script makes says here alone what it is about.
    if (this.#into.blocks.length === 0) this.#into.add("paragraph", this.#description);
    const title = this.#title?.join("").trim() ?? "";
    return factsOf(title === "" ? this.#said : { ...this.#said, title });
  }

  #meta(attributes: string): void {
    const name =
      attribute(attributes, "name") ??
      attribute(attributes, "property") ??
      attribute(attributes, "http-equiv") ??
      "";
    const key = name.toLowerCase();
    const fact = Object.hasOwn(META, key) ? META[key] : undefined;
    const content = attribute(attributes, "content");
    if (fact === undefined || content === null || content.trim() === "") return;
    if (fact === "description") this.#description ||= content;
    else this.#said[fact] ??= content;
  }
}

function metaCharset(bytes: Uint8Array): string | null {
  const head = latin1(bytes.subarray(0, CHARSET_WITHIN));
  return (
    /<meta\s[^>]*charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] ??
    /<\?xml[^>]*encoding\s*=\s*["']([\w-]+)/i.exec(head)?.[1] ??
    null
  );
}
