// The blocks of a file while it is read: cleaned, counted, and no more of them than may be.
import { type Block, LoadError } from "../blocks.ts";
import type { Limits } from "./limits.ts";

type TextKind = Exclude<Block["kind"], "heading">;

export class Collected {
  readonly blocks: Block[] = [];
  readonly #limits: Limits;
  #units = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @throws {LoadError} too_large */
  add(kind: TextKind, text: string, page: number | null = null): void {
    const cleaned = clean(text);
    if (cleaned === "") return;
    this.#count(cleaned);
    this.blocks.push({ kind, text: cleaned, page });
  }

  /**
   * @param level 1 is the highest; a heading stands on one line
   * @throws {LoadError} too_large
   */
  heading(level: number, text: string, page: number | null = null): void {
    const cleaned = clean(text).replaceAll(/\s+/g, " ");
    if (cleaned === "") return;
    this.#count(cleaned);
    this.blocks.push({
      kind: "heading",
      level: Math.min(Math.max(level, 1), 6),
      text: cleaned,
      page,
    });
  }

  #count(text: string): void {
    this.#units += text.length;
    refuseText(this.#units, this.#limits);
    if (this.blocks.length >= this.#limits.blocks)
      throw new LoadError("too_large", `more than ${shown(this.#limits.blocks)} blocks of text`);
  }
}

/** @throws {LoadError} too_large where so many units are more than may be */
export function refuseText(units: number, limits: Limits): void {
  if (units > limits.text)
    throw new LoadError("too_large", `more than ${shown(limits.text)} characters of text`);
}

/** A number as people read it. */
export function shown(count: number): string {
  return count.toLocaleString("en");
}

/** Without what no reader sees; composed, so that what looks the same is found by the same words. */
function clean(text: string): string {
  return (
    text
      .toWellFormed()
      // Composing takes more than linear time in a run of marks; none that is meant has more (UAX #15, stream-safe text).
      .replaceAll(/(\p{M}{30})\p{M}+/gu, "$1")
      .normalize("NFC")
      .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
      .replaceAll(/[^\P{Cc}\t\n]|[\u00ad\u200b\u2060\ufeff\ufff9-\ufffb]/gu, "")
      .replaceAll("\u00a0", " ")
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .replaceAll(/\n{3,}/g, "\n\n")
      .replaceAll(/^\n+|\n+$/g, "")
  );
}
