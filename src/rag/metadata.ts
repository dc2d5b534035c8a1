// What is told of a document beside its text, from what its file says of itself and from the text: to be
// shown, and to be filtered by (seed 003 §6.2). How each is found is in describe/.
import { shortened } from "../protocol/shortened.ts";
import type { Block, Facts } from "./blocks.ts";
import { datesIn, dayOf } from "./describe/dates.ts";
import { type Language, LANGUAGES } from "./describe/function-words.ts";
import { keywordsOf } from "./describe/keywords.ts";
import { languageOf } from "./describe/language.ts";
import { countWords } from "./describe/words.ts";

export type Described = {
  title: string;
  author: string | null;
  /** ISO 639-1; null where nobody is sure. */
  language: string | null;
  keywords: string[];
  /** Its headings. */
  sections: string[];
  /** That are written in it, as ISO 8601. */
  dates: string[];
  /** Its own, as ISO 8601: when it was changed last, else made, else the first that its head names. */
  date: string | null;
  words: number;
};

const MOST = { keywords: 10, sections: 100, dates: 20 };
const LONGEST = 200;
/** UTF-16 units of prose that are looked at, but for counting. */
const SEEN = 200_000;
/** Of the text: a date in it is taken for the document's. */
const HEAD = 1_000;

/** What programs write where nobody has named a document. */
const NO_TITLE =
  /^(?:untitled|unbenannt|sans titre|document ?\d*|dokument ?\d*|title|slide 1|microsoft word - .*|.*\.tmp)$/i;

/** Linear in the text. @param name of the file, as it was uploaded */
export function describeDocument(blocks: readonly Block[], facts: Facts, name: string): Described {
  const seen = readable(blocks);
  const text = seen.map(({ text: own }) => own).join("\n");
  const found = languageOf(text);
  const own = facts.keywords.map((word) => line(word)).filter((word) => word !== "");
  const sections = blocks.flatMap(({ kind, text: heading }) =>
    kind === "heading" ? [line(heading)] : [],
  );
  return {
    title: titleOf(blocks, facts, name),
    author: line(facts.author ?? "") || null,
    language: languageBetween(facts.language, found),
    keywords: unique([...own, ...keywordsOf(seen, found, MOST.keywords)], MOST.keywords),
    sections: unique(
      sections.filter((heading) => heading !== ""),
      MOST.sections,
    ),
    dates: datesIn(text, MOST.dates),
    date:
      dayOf(facts.modified_at) ??
      dayOf(facts.created_at) ??
      datesIn(text.slice(0, HEAD), 1)[0] ??
      null,
    words: blocks.reduce((sum, { text: each }) => sum + countWords(each), 0),
  };
}

/** What is read of the blocks: no code, unless there is nothing else. */
function readable(blocks: readonly Block[]): { text: string; heading: boolean }[] {
  const prose = blocks.filter(({ kind, text }) => kind !== "code" && text.trim() !== "");
  const seen: { text: string; heading: boolean }[] = [];
  let left = SEEN;
  for (const { kind, text } of prose.length > 0 ? prose : blocks) {
    if (left <= 0) break;
    seen.push({ text: text.slice(0, left), heading: kind === "heading" });
    left -= text.length;
  }
  return seen;
}

function titleOf(blocks: readonly Block[], facts: Facts, name: string): string {
  const said = line(facts.title ?? "");
  if (said !== "" && !NO_TITLE.test(said)) return said;
  const first = blocks.find(
    (block) => block.kind === "heading" && block.level === 1 && line(block.text) !== "",
  );
  if (first !== undefined) return line(first.text);
  return line(name.replace(/(?<=.)\.[a-z0-9]{1,8}$/i, "")) || name;
}

/** What the text is seen to be counts more than what the file says, unless that is a language not known here. */
function languageBetween(said: string | null, found: Language | null): string | null {
  const primary = /^([a-z]{2,3})(?:[-_]|$)/i.exec(said?.trim() ?? "")?.[1]?.toLowerCase() ?? null;
  if (primary === null || primary === "und") return found;
  const known = LANGUAGES.some((language) => language === primary);
  return known ? (found ?? primary) : primary;
}

function line(text: string): string {
  return shortened(
    text
      .slice(0, LONGEST * 10)
      .replaceAll(/\s+/g, " ")
      .trim(),
    LONGEST,
  );
}

/** Each once, whatever its capitals. */
function unique(values: readonly string[], most: number): string[] {
  const seen = new Map<string, string>();
  for (const value of values) {
    if (seen.size >= most) break;
    const key = value.toLowerCase();
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}
