// A message as memory reads it, how it is quoted in a prompt, and how a long one is cut first.
import { quoteAs } from "../llm/quoted.ts";
import { estimateTokens } from "../llm/tokens.ts";

export type Said = {
  role: "user" | "assistant";
  content: string;
  /** The user's, but nothing except what tools returned: it belongs to the exchange before it. */
  goesOn?: boolean;
};

/** Whether an exchange begins with it: somebody says something. */
export const begins = ({ role, goesOn = false }: Pick<Said, "role" | "goesOn">): boolean =>
  role === "user" && !goesOn;

/** Messages as data for a prompt, each cut to `tokensEach`. */
export function quoteSaid(messages: readonly Said[], tokensEach: number): string {
  return messages
    .map(({ role, content }) => quoteAs(role, cutMiddle(content, tokensEach)))
    .join("\n");
}

/** UTF-16 units that no more than this many tokens can have: what is longer is not measured whole. */
const MOST_UNITS_A_TOKEN = 16;

/** `text`, or its head and tail with the cut marked, in about `tokens`. */
export function cutMiddle(text: string, tokens: number): string {
  const most = tokens * MOST_UNITS_A_TOKEN;
  if (text.length <= most) {
    const estimated = estimateTokens(text);
    if (estimated <= tokens) return text;
  }
  let units = Math.min(text.length, most);
  let shorter = ends(text, units);
  // Dense parts may lie at the ends: what is left is measured again.
  for (let estimated = estimateTokens(shorter); estimated > tokens && units > 1;) {
    units = Math.floor(units * Math.min(0.9, tokens / estimated));
    shorter = ends(text, units);
    estimated = estimateTokens(shorter);
  }
  const left = text.length - shorter.length;
  const head = shorter.slice(0, headOf(text, units).length);
  return `${head}\n[… ${left} characters left out …]\n${shorter.slice(head.length)}`;
}

/** Two thirds of `units` from the head, the rest from the tail. */
function ends(text: string, units: number): string {
  const head = headOf(text, units);
  const tail = text.slice(text.length - (units - head.length));
  return head + (isLow(tail.charCodeAt(0)) ? tail.slice(1) : tail);
}

function headOf(text: string, units: number): string {
  const head = text.slice(0, Math.ceil((units * 2) / 3));
  return isHigh(head.charCodeAt(head.length - 1)) ? head.slice(0, -1) : head;
}

/** The whole sentences that fit `tokens`, from the beginning; "" where not one does. */
export function cutAtSentence(text: string, tokens: number): string {
  if (estimateTokens(text) <= tokens) return text.trim();
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    if (estimateTokens(kept + segment) > tokens) break;
    kept += segment;
  }
  return kept.trim();
}

/** The whole words that fit `units` UTF-16 units, an ellipsis included; never half a grapheme. */
export function cutAtWord(text: string, units: number): string {
  if (text.length <= units) return text;
  const room = units - 1;
  const word = boundaryBefore(text, room, "word");
  // A first word that fills most of it is cut where a grapheme ends.
  const end = word > room / 2 ? word : boundaryBefore(text, room, "grapheme");
  const kept = text.slice(0, end).trimEnd();
  return kept === "" ? "" : `${kept}…`;
}

function boundaryBefore(text: string, units: number, granularity: "word" | "grapheme"): number {
  let end = 0;
  // A grapheme may be long: what is looked at reaches past the boundary.
  const near = text.slice(0, units * 2 + 64);
  for (const { index } of new Intl.Segmenter(undefined, { granularity }).segment(near)) {
    if (index > units) break;
    end = index;
  }
  return end;
}

/**
 * One line that may be shown and quoted: control characters and those that turn the direction of
 * writing are gone, as are halves of surrogate pairs.
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]/gu, "")
    .trim();
}

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
