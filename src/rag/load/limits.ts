// How much of a file is read. What is larger is refused as soon as it shows, before the work is done.

/** Sizes that a file must stay within; each is named in the refusal of what passes it. */
export type Limits = {
  /** Bytes of the file: it is held in memory whole, beside what is made of it, in an isolate of 128 MB. */
  bytes: number;
  /** UTF-16 units of its text: some 2,000 pages of print, 6,000 chunks to embed. */
  text: number;
  /** Pages of a PDF: each is asked for on its own. */
  pages: number;
  /** Bytes that compressed parts come to: a deflated megabyte can be a gigabyte of zeros, or minutes of paragraphs. */
  inflated: number;
  /** Headings, paragraphs, items, rows: each is an object of its own. */
  blocks: number;
};

export const LIMITS: Limits = {
  bytes: 25_000_000,
  text: 5_000_000,
  pages: 2_000,
  inflated: 30_000_000,
  blocks: 200_000,
};
