// What files say of themselves, as they write it, made into facts.
import { type Facts, NO_FACTS } from "../blocks.ts";

/** UTF-16 units of a title, an author or a keyword, and how many keywords: more is no such thing. */
const LONGEST = 500;
const MOST_KEYWORDS = 50;

/** As files have them: empty, too long, with line ends. */
export type Said = {
  [Name in Exclude<keyof Facts, "keywords">]?: string | null | undefined;
} & { keywords?: string | readonly string[] | null | undefined };

export function factsOf(said: Said): Facts {
  return {
    ...NO_FACTS,
    title: short(said.title),
    author: short(said.author),
    language: languageOf(said.language),
    created_at: instant(said.created_at),
    modified_at: instant(said.modified_at),
    keywords: keywordsOf(said.keywords ?? []),
  };
}

function short(value: string | null | undefined): string | null {
  const text = (value ?? "")
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}\ufeff]+/gu, " ")
    .trim();
  return text === "" ? null : text.slice(0, LONGEST).toWellFormed();
}

/** A language tag, if it looks like one: `en`, `de-AT`, `zh-Hant`. */
function languageOf(value: string | null | undefined): string | null {
  const tag = (value ?? "").trim().replaceAll("_", "-");
  return /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(tag) ? tag : null;
}

function keywordsOf(value: string | readonly string[]): string[] {
  const each = typeof value === "string" ? value.slice(0, 50 * LONGEST).split(/[,;\n]/) : value;
  const kept = each.map(short).filter((word) => word !== null);
  return [...new Set(kept)].slice(0, MOST_KEYWORDS);
}

const MONTHS = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;
const PDF_DATE = /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z|[+-])(?:(\d\d)'?(\d\d)?'?)?)?/;

/**
 * The instant of an ISO 8601 date, a PDF's (ISO 32000-1, 7.9.4), or one with its month's name; null of
 * what could be read in two ways (03/04/2024) or is no date. Without a zone it is UTC.
 */
function instant(value: string | null | undefined): string | null {
  const text = (value ?? "").trim().slice(0, 64);
  const pdf = PDF_DATE.exec(text);
  if (pdf !== null) {
    const [, year = "", month = "01", day = "01", hour = "00", minute = "00", second = "00"] = pdf;
    const [sign = "Z", zoneHours = "00", zoneMinutes = "00"] = pdf.slice(7);
    const zone = sign === "Z" ? "Z" : `${sign}${zoneHours}:${zoneMinutes}`;
    return iso(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  }
  const date = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  if (date !== null) return iso(`${date[1] ?? ""}-${date[2] ?? "01"}-${date[3] ?? "01"}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) {
    const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
    return iso(zoned.replace(" ", "T"));
  }
  if (!MONTHS.test(text) || !/\b\d{4}\b/.test(text)) return null;
  return iso(/(?:GMT|UTC|Z|[+-]\d{4})\)?$/i.test(text) ? text : `${text} UTC`);
}

function iso(text: string): string | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
