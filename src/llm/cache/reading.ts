// How the guard reads a question: what is asked (the intent), by and of whom, in which tense, whether it
// is denied, and what stands in which relation to what. Two questions are held against each other by
// what is read here.
import { stemOf } from "../embedders/stems.ts";
import {
  GRAMMAR,
  INTENTS,
  JOINTS,
  MODALS,
  NEGATIONS,
  NUMBERS,
  ONESIDED,
  OPENS,
  PARTS,
  PAST,
  PERSONS,
  RELATIONS,
  SYNONYMS,
  TIMES,
  VERSUS,
} from "./lexicon.ts";
import { askedOneWay } from "./ways.ts";

/** Words that belong together, and what introduces them: `from paris`, ` sort list`. */
export type Phrase = { relation: string; stems: string[] };

export type Reading = {
  words: readonly string[];
  /** Content words, in their order. */
  stems: string[];
  phrases: Phrase[];
  numbers: string[];
  intent: string;
  persons: ReadonlySet<string>;
  modals: ReadonlySet<string>;
  past: boolean;
  negations: number;
};

const TOKEN = /\p{N}+(?:[.,:]\p{N}+)*|[\p{L}\p{M}]+|[,;:.!?()]|[$€£¥°%&]/gu;

const UNITS: Readonly<Record<string, string>> = {
  $: "dollar",
  "€": "euro",
  "£": "gbp",
  "¥": "yen",
  "°": "degree",
  "%": "percent",
  "&": "and",
};

/** @param plain a line without its manners, in English */
export function read(plain: string): Reading {
  const tokens = tokensOf(askedOneWay(plain));
  const words = tokens.filter((token) => token !== ",");
  const phrases = phrasesOf(tokens);
  const stems = phrases.flatMap((phrase) => phrase.stems);
  return {
    words,
    stems,
    phrases,
    numbers: stems.filter((stem) => /^\p{N}/u.test(stem)).sort(),
    intent: intentOf(words, tokens),
    persons: kinds(words, PERSONS),
    modals: kinds(words, MODALS),
    past: words.some((word) => PAST.has(word)),
    negations: words.filter((word) => NEGATIONS.has(word)).length,
  };
}

/** Words, numbers as digits, units as words behind their number, and a comma for every pause. */
function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const unit = UNITS[token];
    if (unit !== undefined) tokens.push(unit);
    else if (/^[,;:.!?()]$/.test(token)) tokens.push(",");
    else if (/^\p{N}/u.test(token)) {
      const number = numberOf(token);
      const before = tokens.at(-1);
      // "$5" is read as "5 dollar".
      if (before !== undefined && /^(?:dollar|euro|gbp|yen)$/.test(before))
        tokens.splice(-1, 0, number);
      else tokens.push(number);
    } else if (/^(?:st|nd|rd|th)$/.test(token) && /^\d+$/.test(tokens.at(-1) ?? "")) continue;
    else tokens.push(NUMBERS.get(token) ?? token);
  }
  return tokens;
}

function numberOf(token: string): string {
  return /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(token) ? token.replaceAll(",", "") : token;
}

/** Cut where a relation, a pause or a question word begins something new. */
function phrasesOf(tokens: readonly string[]): Phrase[] {
  const phrases: Phrase[] = [];
  let phrase: Phrase = { relation: "", stems: [] };
  let joint = false;
  const partial = tokens.some((token) => token !== "," && (JOINTS.has(token) || PARTS.has(token)));
  const inSequence = tokens.some((token) => /^(?:then|before|after)$/.test(token));
  const onesided = tokens.some((token) => ONESIDED.has(token));
  const begin = (relation: string) => {
    phrases.push(phrase);
    phrase = { relation, stems: [] };
    joint = false;
  };
  for (const token of tokens) {
    const relation = RELATIONS.get(token);
    if (relation !== undefined && !INTENTS.has(token)) {
      // "than in": what it is held against is still to come.
      if (phrase.relation !== "" && phrase.stems.length === 0) phrase.relation += ` ${relation}`;
      else begin(relation);
    } else if (token === "," || INTENTS.has(token) || token === "what" || token === "which")
      begin("");
    else if (JOINTS.has(token) && !(onesided && VERSUS.has(token))) joint = !inSequence;
    else if (VERSUS.has(token)) begin("versus");
    else if (GRAMMAR.has(token) || PERSONS.has(token) || MODALS.has(token)) continue;
    else if (token === "not" && !partial) continue;
    else if (standsAlone(token)) phrases.push({ relation: "", stems: stemsOf(token) });
    else {
      const stems = stemsOf(token);
      const before = phrase.stems.at(-1);
      const [first] = stems;
      // "a and b" is "b and a".
      if (joint && before !== undefined && first !== undefined && first < before)
        phrase.stems.splice(-1, 1, ...stems, before);
      else phrase.stems.push(...stems);
      joint = false;
    }
  }
  phrases.push(phrase);
  return phrases.filter(({ relation, stems }) => stems.length > 0 || relation !== "");
}

/** Wherever they stand, they say it of the whole. */
function standsAlone(token: string): boolean {
  return TIMES.has(token) || (/^\p{L}{4,}ly$/u.test(token) && token !== "family");
}

function stemsOf(token: string): string[] {
  // What is done is not the doing of it: "parking", "training".
  const stem = token.endsWith("ing") ? token : stemOf(token);
  return [SYNONYMS.get(token) ?? SYNONYMS.get(stem) ?? stem];
}

function intentOf(words: readonly string[], tokens: readonly string[]): string {
  const asked = new Set(words.flatMap((word) => INTENTS.get(word) ?? []));
  if (asked.size > 0) return [...asked].sort().join(" ");
  if (words.includes("what") || words.includes("which")) return "what";
  const opens = tokens.some((token, at) => OPENS.has(token) && (tokens[at - 1] ?? ",") === ",");
  return opens ? "whether" : "what"; // "the capital of France" asks what it is
}

function kinds(words: readonly string[], table: ReadonlyMap<string, string>): Set<string> {
  return new Set(words.flatMap((word) => table.get(word) ?? []));
}
