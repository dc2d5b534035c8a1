// Where words begin and end: the last resort of a cut, and where what is repeated may begin.
import { evenUp } from "./measure.ts";

/** The same units that `trim` and `\s` know. */
export function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0xa0) return false;
  return (
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000 ||
    unit === 0xfeff
  );
}

/** The first unit from `at` on that is no space. */
export function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && isSpace(text.charCodeAt(next))) next++;
  return next;
}

/** So far around a place it is looked for words that no spaces part, as those of Chinese or Thai. */
const NEAR = 64;

/** Words, else characters as people see them. */
const SEGMENTERS = (["word", "grapheme"] as const).map(
  (granularity) => new Intl.Segmenter(undefined, { granularity }),
);

/**
 * The last place after `from`, and at most `limit`, where it can be cut between words, else between
 * characters; `from` where there is none near `limit`.
 */
export function lastWordEnd(text: string, from: number, limit: number): number {
  if (limit >= text.length) return text.length;
  const half = from + ((limit - from) >> 1);
  for (let at = limit; at > half; at--)
    if (isSpace(text.charCodeAt(at)) || isSpace(text.charCodeAt(at - 1))) return at;
  const base = evenUp(text, Math.max(from, limit - NEAR));
  const near = text.slice(base, evenUp(text, limit + NEAR));
  for (const segmenter of SEGMENTERS) {
    let end = 0;
    for (const { index } of segmenter.segment(near)) {
      if (base + index > limit) break;
      end = index;
    }
    if (end > 0) return base + end;
  }
  return from;
}

/**
 * The first place at or after `from`, and before `to`, where a word begins, else a character; `to` where
 * there is none near `from`.
 */
export function firstWordStart(text: string, from: number, to: number): number {
  const half = from + ((to - from) >> 1);
  for (let at = from; at < half; at++)
    if (!isSpace(text.charCodeAt(at)) && (at === 0 || isSpace(text.charCodeAt(at - 1)))) return at;
  const base = evenUp(text, Math.max(0, from - NEAR));
  const near = text.slice(base, evenUp(text, Math.min(to, from + NEAR)));
  for (const segmenter of SEGMENTERS)
    for (const { index } of segmenter.segment(near)) {
      const at = base + index;
      if (at >= from && at < to && !isSpace(text.charCodeAt(at))) return at;
    }
  return to;
}
