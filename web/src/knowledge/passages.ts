// What the numbers in an answer stand for: from the sources that were told while it was written, and from
// what its message kept of them. Pure.
import type { Citation, Source } from "../../../src/protocol/knowledge.ts";
import type { Message } from "../../../src/protocol/message.ts";

export type Quote = Pick<Citation, "offset" | "quote" | "start" | "end">;

type Place = Pick<
  Source,
  "number" | "document_id" | "document_name" | "title" | "page" | "heading_path"
>;

export type Passage = Place & {
  /** All of it; null where no more is known than what was quoted. */
  text: string | null;
  /** What of it the answer rests on, as it comes in the answer. */
  quotes: readonly Quote[];
};

/** By number. */
export type Passages = readonly Passage[];

export const passagesOf = (sources: readonly Source[]): Passages =>
  sources.map((source) => ({ ...source, quotes: [] }));

/** @param heard the sources as they were told; empty where nobody heard them */
export function passagesIn(
  { citations, metadata }: Pick<Message, "citations" | "metadata">,
  heard: readonly Source[],
): Passages {
  const passages = new Map<number, Passage>();
  const texts = new Map(heard.map(({ number, text }) => [number, text]));
  for (const place of [...heard, ...keptIn(metadata), ...citations]) {
    if (passages.has(place.number)) continue;
    const { number } = place;
    const quotes = citations.filter((it) => it.number === number);
    passages.set(number, { ...place, text: texts.get(number) ?? null, quotes });
  }
  return [...passages.values()].toSorted((a, b) => a.number - b.number);
}

/** Of what was looked up for a message, where that is. */
function keptIn({ retrieval }: Message["metadata"]): Place[] {
  if (typeof retrieval !== "object" || retrieval === null || !("sources" in retrieval)) return [];
  const sources: unknown = retrieval.sources;
  return Array.isArray(sources) ? sources.filter(isPlace) : [];
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== "object" || value === null) return false;
  const {
    number,
    document_id,
    document_name,
    title,
    page,
    heading_path,
  }: Partial<Record<keyof Place, unknown>> = value;
  return (
    typeof number === "number" &&
    typeof document_id === "string" &&
    typeof document_name === "string" &&
    (title === null || typeof title === "string") &&
    (page === null || typeof page === "number") &&
    Array.isArray(heading_path) &&
    heading_path.every((it) => typeof it === "string")
  );
}

/** The quote that stands nearest to a place in the answer; null where there is none. */
export function quoteAt({ quotes }: Passage, offset: number): Quote | null {
  const [nearest = null] = quotes.toSorted(
    (a, b) => Math.abs(a.offset - offset) - Math.abs(b.offset - offset),
  );
  return nearest;
}

/** A text as what stands before, in and after a quote; null where it is not in there. */
export function around(
  text: string,
  { quote, start, end }: Quote,
): [string, string, string] | null {
  const at = text.slice(start, end) === quote ? start : text.indexOf(quote);
  if (quote === "" || at < 0) return null;
  return [text.slice(0, at), quote, text.slice(at + quote.length)];
}
