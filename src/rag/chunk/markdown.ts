// Cuts before every heading; a section that is too long is cut recursively.
import type { Layout } from "./layout.ts";
import type { Ground } from "./pieces.ts";
import { recursive } from "./recursive.ts";
import type { Strategy } from "./strategy.ts";

export function markdown(ground: Ground): Strategy {
  return recursive(ground, sectionStarts(ground.layout));
}

/** Headings that follow one another directly begin one section. */
function sectionStarts({ parts }: Layout): number[] {
  return parts.flatMap(({ kind, start }, index) =>
    index > 0 && kind === "heading" && parts[index - 1]?.kind !== "heading" ? [start] : [],
  );
}
