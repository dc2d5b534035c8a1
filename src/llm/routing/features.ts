// What can be told of a message before any model has read it: counts and yes or no, which the rules ask
// about. Pure, and as fast for a book as for a line.
import { isLatin, KINDS, Kind } from "../characters.ts";
import { estimateTokens } from "../tokens.ts";
import type { RoutingMeasure, RoutingSign } from "../../variable-types.ts";
import { codeIn } from "./code.ts";
import { arithmeticIn, isMathematics, tableRowsIn } from "./quantities.ts";
import { lengthOf, readingOf } from "./reading.ts";
import { wantsLabel, wantsTranslation, withoutPasted } from "./words/labels.ts";
import { isLookup, isWide } from "./words/lookups.ts";
import { reasoningOf } from "./words/reasoning.ts";
import { constraintsIn, isProgramming, isWriting, tasksIn } from "./words/requests.ts";
import { saidAside, withoutPoliteness } from "./words/smalltalk.ts";

export type Features = Readonly<Record<RoutingMeasure, number> & Record<RoutingSign, boolean>>;

/**
 * @param asked what the message says; how many tools are offered and how many pictures come with it;
 *   the tokens of everything that is sent beside it: instructions, history, sources
 */
export function featuresOf(asked: {
  text: string;
  tools: number;
  images: number;
  context_tokens: number;
}): Features {
  const { written, raw, folded, scale } = readingOf(asked.text);
  const plain = withoutPoliteness(folded);
  const words = Math.round(lengthOf(folded) * scale);
  const aside = saidAside(folded);
  const label = wantsLabel(plain);
  const translation = wantsTranslation(plain);
  // What a text to translate or to label says is not asked of us.
  const wanted = (label || translation) && PASTED.test(raw) ? withoutPasted(plain) : plain;
  return {
    tokens: Math.round(estimateTokens(written) * scale),
    context_tokens: asked.context_tokens,
    tools: asked.tools,
    images: asked.images,
    words,
    code: codeIn(raw),
    arithmetic: arithmeticIn(raw, folded),
    reasoning: reasoningOf(wanted, words),
    constraints: constraintsIn(raw, folded),
    tasks: tasksIn(raw, folded),
    languages: scriptsIn(raw),
    table_rows: tableRowsIn(raw),
    smalltalk: aside === "smalltalk",
    agreement: aside === "agreement",
    lookup: aside === null && isLookup(plain, words),
    wide: isWide(plain),
    label,
    translation,
    programming: isProgramming(wanted),
    writing: isWriting(plain),
    mathematics: isMathematics(raw, folded),
    question: /[?？؟]/.test(raw),
  };
}

/** What stands between an instruction and the text it is about. */
const PASTED = /[:：]\s|\n|["“«„「『]/;

/** Letters of a script, below which it is a borrowed word. */
const FEW = 3;

const HAN = KINDS[0x4e00] ?? Kind.SCRIPT;
const KANA = KINDS[0x3042] ?? Kind.SCRIPT;

/** How many scripts a text is written in: Chinese with its Latin names is two, Japanese one. */
function scriptsIn(raw: string): number {
  const letters = new Map<number, number>();
  for (let at = 0; at < raw.length; at++) {
    const kind = KINDS[raw.charCodeAt(at)] ?? Kind.END;
    if (!isLatin(kind) && kind < Kind.SCRIPT) continue;
    const script = isLatin(kind) ? Kind.LOWER : kind === KANA ? HAN : kind;
    letters.set(script, (letters.get(script) ?? 0) + 1);
  }
  return [...letters.values()].filter((count) => count >= FEW).length;
}
