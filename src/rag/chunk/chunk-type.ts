// What a document is cut into: the pieces that are indexed, found and cited.

import type { Pages } from "../../protocol/knowledge.ts";

export type Chunk = {
  /** In its document, from 0, without gaps. */
  position: number;
  text: string;
  /** Where it begins, what it repeats left aside; null where the format has no pages. */
  page: number | null;
  /** Where in `text` which page begins, what it repeats included. */
  pages: Pages;
  /** The headings in force where it begins, the outermost first: at most 6, of at most 200 units each. */
  heading_path: string[];
  /**
   * UTF-16 units at its beginning that the chunk before ends with; 0 where none. The header of a table
   * that stands again over its later rows is not among them.
   */
  overlap: number;
};
