// What a document is once it has been read: its blocks in reading order, and what it says of itself.
// Loaders make them, chunkers cut them.

export const FILE_KINDS = ["pdf", "docx", "html", "markdown", "text", "csv", "json"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** `page` counts from 1; null where the format has none. */
export type Block =
  | { kind: "heading"; level: number; text: string; page: number | null }
  | {
      /** A table's rows stand on lines of their own, the header first; code keeps its lines. */
      kind: "paragraph" | "list_item" | "table" | "code" | "quote";
      text: string;
      page: number | null;
    };

/** What a file says of itself. Dates are ISO 8601. */
export type Facts = {
  title: string | null;
  author: string | null;
  language: string | null;
  created_at: string | null;
  modified_at: string | null;
  keywords: string[];
};

export const NO_FACTS: Facts = {
  title: null,
  author: null,
  language: null,
  created_at: null,
  modified_at: null,
  keywords: [],
};

export type Loaded = {
  kind: FileKind;
  facts: Facts;
  /** Null where the format has none. */
  pages: number | null;
  blocks: Block[];
};

/** Why a document cannot be indexed, each with a sentence that a person can act on. */
export const REASONS = {
  encrypted: "The file is encrypted. Remove its password and upload it again.",
  no_text:
    "The file has no text layer: it is probably a scan. Run text recognition (OCR) over it and upload the result.",
  empty: "The file has no text in it. Check that the right file was uploaded.",
  corrupt: "The file is damaged or cut short. Export it anew and upload it again.",
  too_large: "The file is larger than what can be indexed. Split it and upload the parts.",
  unsupported:
    "The file is of a kind that is not read here. Send PDF, DOCX, HTML, Markdown, text, CSV or JSON.",
  unreachable: "The address did not give a document. Check that it opens without signing in.",
  refused: "The address may not be fetched from here. Use a public https address.",
  failed: "The document could not be indexed just now. Upload it again.",
} as const;
export type Reason = keyof typeof REASONS;

/** An expected end of reading a file. `detail` says which limit or what place; nothing of the file's text. */
export class LoadError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, detail = "", options?: ErrorOptions) {
    super(detail === "" ? REASONS[reason] : `${REASONS[reason]} (${detail})`, options);
    this.name = "LoadError";
    this.reason = reason;
  }
}
