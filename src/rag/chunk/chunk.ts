// Cuts a document into chunks, by the strategy its collection is set to. What a chunk is, is in
// chunk-type.ts; how sizes and repetition are kept, in walk.ts.
import type { Chunking } from "../../protocol/knowledge.ts";
import type { Block } from "../blocks.ts";
import type { Chunk } from "./chunk-type.ts";
import { fixed } from "./fixed.ts";
import { layOut } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { inCharacters, inTokens } from "./measure.ts";
import { type Ground, groundOf } from "./pieces.ts";
import { recursive } from "./recursive.ts";
import { type Embed, semantic } from "./semantic.ts";
import { sentence } from "./sentence.ts";
import type { Strategy } from "./strategy.ts";
import { chunksAlong } from "./walk.ts";

export type Tools = {
  /** For `semantic`, which without it cuts by sentences. */
  embed?: Embed;
  /** How many a text has, for a size that is in tokens. */
  tokens: (text: string) => number;
};

/**
 * The chunks of a document in their order; none where it has no text. The same for the same blocks and
 * settings, as long as `tools` are. Time and memory are linear in the text.
 * @throws whatever `embed` throws
 */
export async function chunksOf(
  blocks: readonly Block[],
  settings: Chunking,
  tools: Tools,
): Promise<Chunk[]> {
  const measure =
    settings.unit === "tokens" ? inTokens(settings, tools.tokens) : inCharacters(settings);
  const ground = groundOf(layOut(blocks), measure);
  return chunksAlong(ground, await strategyOf(ground, settings, tools));
}

async function strategyOf(
  ground: Ground,
  { strategy, threshold }: Chunking,
  { embed }: Tools,
): Promise<Strategy> {
  switch (strategy) {
    case "recursive":
      return recursive(ground);
    case "fixed":
      return fixed(ground);
    case "sentence":
      return sentence(ground);
    case "semantic":
      return embed === undefined ? sentence(ground) : await semantic(ground, threshold, embed);
    case "markdown":
      return markdown(ground);
  }
}
