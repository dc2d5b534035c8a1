// A query's collections and parts as Vectorize's filters, which are small: what does not fit into one is
// asked for in several, whose answers together are the answer.
// (developers.cloudflare.com/vectorize/reference/metadata-filtering)
import type { VectorQuery } from "./vector-store.ts";

export type Filter = {
  collection: { $in: string[] };
  part?: { $in: string[] } | { $nin: string[] };
};

/** Of a filter as JSON: it must be less than 2,048. */
const MOST_BYTES = 2047;
/** Of its JSON without values. */
const FRAME_BYTES = JSON.stringify({ collection: { $in: [] }, part: { $nin: [] } }).length;
const ROOM = MOST_BYTES - FRAME_BYTES;

/** Filters that no vector passes two of. `except` is not in them where no parts are named: see {@link without}. */
export function filtersOf({ collections, parts, except }: VectorQuery): Filter[] {
  const gone = new Set(except);
  const named = parts === null ? null : distinct(parts).filter((part) => !gone.has(part));
  const half = fitting(distinct(collections), parts === null && gone.size === 0 ? ROOM : ROOM / 2);
  if (named === null) return half.map((some) => ({ collection: { $in: some } }));
  return half.flatMap((some) =>
    fitting(named, ROOM - bytesOf(some)).map((those) => ({
      collection: { $in: some },
      part: { $in: those },
    })),
  );
}

/** As many of `parts` as fit beside the collections, the first ones first, are kept out by the filter itself. */
export function without(
  { collection }: Filter,
  parts: readonly string[],
): { filter: Filter; out: string[] } {
  const [out = []] = fitting(parts, ROOM - bytesOf(collection.$in));
  return { filter: out.length === 0 ? { collection } : { collection, part: { $nin: out } }, out };
}

/** In their order, and in as few lists as that leaves. */
function fitting(values: readonly string[], room: number): string[][] {
  const lists: string[][] = [];
  let left = -1;
  for (const value of values) {
    const bytes = bytesOf([value]);
    left -= bytes;
    if (left >= 0) lists.at(-1)?.push(value);
    else {
      lists.push([value]);
      left = room - bytes;
    }
  }
  return lists;
}

const encoder = new TextEncoder();

/** With their commas. */
function bytesOf(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + encoder.encode(JSON.stringify(value)).length + 1, 0);
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)];
