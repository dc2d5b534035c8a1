// Token counts without a tokenizer (o200k costs 450 ms to initialise). An estimate: where a
// provider reports its usage, that is what is stored.
//
// A text is cut as o200k cuts it before it merges bytes: words with the space or sign before them,
// digits by three, runs of punctuation with the line's end, white space. That alone is nearly exact
// for English and code, where a piece is a token. What a piece costs beyond one is fitted to samples;
// test/unit/tokens.test.ts holds the error against the real tokenizer, on other texts than those.
import { isLatin, Kind, KINDS, SCRIPTS } from "./characters.ts";

/** Added for each message: role and separators (OpenAI's cookbook counts 3 to 4). */
export const MESSAGE_OVERHEAD = 4;

/** A picture, about: what vendors count for one of a usual size. */
export const PICTURE_TOKENS = 1000;

/** What stands before a word, without anything between. */
type Lead = "nothing" | "space" | "sign" | "digit" | "letter";

type Reading = {
  text: string;
  /** UTF-16 units that were read. */
  at: number;
  lead: Lead;
  tokens: number;
  /** Latin words of more than three letters, and those of them that look unlike English. */
  words: number;
  foreign: number;
  /** Tokens that the words would cost more if they were not English. */
  surcharge: number;
};

/** About how many tokens `text` is. One pass, and one allocation. */
export function estimateTokens(text: string): number {
  const reading: Reading = {
    text,
    at: 0,
    lead: "nothing",
    tokens: 0,
    words: 0,
    foreign: 0,
    surcharge: 0,
  };
  while (reading.at < text.length) readPiece(reading);
  const { words, foreign, surcharge } = reading;
  // 3 to 6 % of the words of English and of code look foreign; 20 % of French, 40 % of German, 60 % of Polish.
  const share = words === 0 ? 0 : Math.max(0, foreign / words - 0.06);
  return Math.round(reading.tokens + surcharge * share * 1.6);
}

function readPiece(reading: Reading): void {
  const kind = kindAt(reading.text, reading.at);
  if (kind === Kind.SPACE) readSpace(reading);
  else if (isLatin(kind)) readWord(reading);
  else if (kind >= Kind.SCRIPT) readScript(reading, kind);
  else if (kind === Kind.DIGIT) readDigits(reading);
  else if (kind === Kind.NEWLINE) readNewlines(reading);
  else readSigns(reading);
}

/** The last space belongs to the word or sign after it; what is before it is one token. */
function readSpace(reading: Reading): void {
  const { text, at } = reading;
  const end = endOf(text, at, Kind.SPACE);
  reading.at = end;
  reading.lead = "nothing";
  const next = kindAt(text, end);
  if (next === Kind.NEWLINE) return; // which takes them all
  const long = 1 + ((end - at) >> 6);
  if (next === Kind.END) {
    reading.tokens += long;
    return;
  }
  if (end - at > 1) reading.tokens += long;
  const taken =
    isLatin(next) || next >= Kind.SCRIPT || (next !== Kind.DIGIT && text[end - 1] === " ");
  if (taken) reading.lead = "space";
  else reading.tokens += 1;
}

/** Up to the last newline, whatever is between them. */
function readNewlines(reading: Reading): void {
  const { text, at } = reading;
  let end = at;
  for (let next = at; ; next++) {
    const kind = kindAt(text, next);
    if (kind === Kind.NEWLINE) end = next + 1;
    else if (kind !== Kind.SPACE) break;
  }
  reading.tokens += 1 + ((end - at) >> 4);
  reading.at = end;
  reading.lead = "nothing";
}

function readDigits(reading: Reading): void {
  const end = endOf(reading.text, reading.at, Kind.DIGIT);
  reading.tokens += Math.ceil((end - reading.at) / 3);
  reading.at = end;
  reading.lead = "digit";
}

/** Capitals, then small letters: `fooBar` is two words, `HTMLElement` one. */
function readWord(reading: Reading): void {
  const { text, at, lead } = reading;
  let end = at;
  let uppers = 0;
  let accents = 0;
  let points = 0;
  for (let small = false; ; end++) {
    const kind = kindAt(text, end);
    if (kind === Kind.LOWER) small = true;
    else if (kind === Kind.UPPER && !small) uppers++;
    else if (kind === Kind.ACCENTED) accents++;
    else if (kind === Kind.POINT) points++;
    else break;
  }
  const length = end - at;
  reading.at = end;
  reading.lead = "letter";
  if (lead === "digit") {
    // Not a word but a name that a machine made.
    reading.tokens += Math.max(1, 0.3 + 0.5 * length);
    return;
  }
  const strange = accents + points > 0;
  reading.tokens += wordTokens(length, uppers, lead) + (strange ? 0.45 : 0) + points * POINT;
  if (lead === "sign" && length > 1) reading.tokens += signTokens(text.charCodeAt(at - 1));
  reading.surcharge += Math.max(0, 0.22 * (length - 3.5));
  if (length > 3) {
    reading.words++;
    if (strange || endsUnlikeEnglish(text, end)) reading.foreign++;
  }
}

/** Tokens of a vowel sign or accent that is a unit of its own. */
const POINT = 0.65;

/** Of an English word. */
function wordTokens(length: number, uppers: number, lead: Lead): number {
  let tokens = 1 + 0.06 * Math.max(0, length - 7) + 0.25 * Math.max(0, length - 16);
  if (lead !== "letter") {
    if (uppers > 1) tokens += 0.2 * (length - 2);
  } else if (uppers > 1) tokens += 0.5 * (length - (uppers === length ? 2 : 1));
  else if (length < 4) tokens += 0.2 * (length - 1); // base64, more often than `getKey`
  return tokens;
}

/** What a sign before a word adds to it: `.foo`, `_foo` and `(foo` are learnt, `/foo` less so. */
const signTokens = (unit: number) => (unit === 0x2e || unit === 0x5f || unit === 0x28 ? 0.1 : 0.55);

/** In a, i, o, u or -en: one in thirty words of English, one in four of most that write Latin letters. */
function endsUnlikeEnglish(text: string, end: number): boolean {
  const last = text.charCodeAt(end - 1) | 0x20;
  if (last === 0x6e) return (text.charCodeAt(end - 2) | 0x20) === 0x65;
  return last === 0x61 || last === 0x69 || last === 0x6f || last === 0x75;
}

function readScript(reading: Reading, kind: number): void {
  const { text, at } = reading;
  let end = at + 1;
  let points = 0;
  for (; ; end++) {
    const next = kindAt(text, end);
    if (next === Kind.POINT) points++;
    else if (next !== kind) break;
  }
  const script = SCRIPTS[kind - Kind.SCRIPT];
  if (script !== undefined) {
    const { start, each, bare } = script;
    const tokens = Math.max(1, start + each * (end - at - points)) + points * POINT;
    reading.tokens += tokens + (reading.lead === "space" ? 0 : bare);
  }
  reading.at = end;
  reading.lead = "letter";
}

/** Punctuation and pictures, to the line's end where they reach it. One sign alone goes to the word after it. */
function readSigns(reading: Reading): void {
  const { text, at, lead } = reading;
  let end = at;
  let marks = 0;
  let changes = 0;
  let pictures = 0;
  for (let previous = -1; ; end++) {
    const kind = kindAt(text, end);
    if (kind < Kind.POINT || kind >= Kind.SCRIPT) break;
    const unit = text.charCodeAt(end);
    if (kind === Kind.MARK) {
      marks++;
      if (unit !== previous) changes++;
    } else if (kind === Kind.SURROGATE) {
      const point = text.codePointAt(end) ?? 0;
      pictures += pictureTokens(point);
      if (point > 0xffff) end++;
    } else if (kind === Kind.LINE) pictures += unit === previous ? 0.15 : 1.2;
    else pictures += kind === Kind.SIGN ? 1.8 : 0.8;
    previous = unit;
  }
  const next = kindAt(text, end);
  if (end - at === 1 && marks === 1 && lead !== "space" && isLatin(next)) {
    reading.at = end;
    reading.lead = "sign";
    return;
  }
  reading.tokens += pictures + markTokens(marks, changes);
  if (next === Kind.NEWLINE) {
    const start = end;
    end = endOf(text, start, Kind.NEWLINE);
    reading.tokens += (pictures > 0 ? 0.7 : 0) + ((end - start) >> 3);
  }
  reading.at = end;
  reading.lead = "nothing";
}

/** Of a run of punctuation that changes from one to another so often. Rules are learnt up to 64 signs. */
function markTokens(marks: number, changes: number): number {
  if (marks === 0) return 0;
  return 1 + 0.35 * Math.max(0, changes - 2.8) + (marks > 12 ? marks / 64 : 0);
}

/** Of a code point that takes two units, or of a half that lost the other. */
function pictureTokens(point: number): number {
  if (point < 0x1_0000) return 1;
  if (point >= 0x1f3fb && point <= 0x1f3ff) return 1.5; // tones of skin
  if (point >= 0x1f1e6 && point <= 0x1f1ff) return 1.95; // letters of flags
  if (point >= 0x1f300 && point < 0x1f680) return 1.85;
  if (point >= 0x1f680 && point < 0x1f780) return 2.2;
  if (point >= 0x1f900 && point < 0x1fb00) return 2.5;
  return 3.3; // rare ideographs, letters of mathematics
}

const kindAt = (text: string, at: number): number =>
  at < text.length ? (KINDS[text.charCodeAt(at)] ?? Kind.END) : Kind.END;

function endOf(text: string, at: number, kind: number): number {
  let end = at;
  while (kindAt(text, end) === kind) end++;
  return end;
}
