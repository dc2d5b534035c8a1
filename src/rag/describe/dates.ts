// Dates that are written in a text, as ISO 8601. What could be two days is neither.

const MONTHS: readonly string[] = [
  "january jan januar januari jänner janvier janv enero gennaio janeiro stycznia января يناير",
  "february feb februar februari février févr febrero febbraio fevereiro lutego февраля فبراير",
  "march mar märz maart mars marzo março marca марта مارس",
  "april apr avril abril aprile kwietnia апреля أبريل",
  "may mai mei maj mayo maggio maio maja мая مايو",
  "june jun juni juin junio giugno junho czerwca июня يونيو",
  "july jul juli juillet julio luglio julho lipca июля يوليو",
  "august aug augustus augusti août agosto sierpnia августа أغسطس",
  "september sep sept septembre septiembre settembre setembro września сентября سبتمبر",
  "october oct oktober okt octobre octubre ottobre outubro października октября أكتوبر",
  "november nov novembre noviembre novembro listopada ноября نوفمبر",
  "december dec dezember dez décembre déc diciembre dicembre dezembro grudnia декабря ديسمبر",
];
const MONTH = new Map(
  MONTHS.flatMap((names, at) => names.split(" ").map((name): [string, number] => [name, at + 1])),
);
const NAME = [...MONTH.keys()].sort((a, b) => b.length - a.length).join("|");

const DATE = new RegExp(
  [
    String.raw`(?<y1>\d{4})(?<gap>[-/.])(?<m1>\d{1,2})\k<gap>(?<d1>\d{1,2})(?!\d|\.\d)`,
    String.raw`(?<y2>\d{4})\s?[年년]\s?(?<m2>\d{1,2})\s?[月월]\s?(?<d2>\d{1,2})\s?[日일]`,
    String.raw`(?<d3>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?\s(?:of\s|de\s)?(?<m3>${NAME})\.?,?\s(?:de\s)?(?<y3>\d{4})(?!\d)`,
    String.raw`(?<m4>${NAME})\.?\s(?<d4>\d{1,2})(?:st|nd|rd|th)?,?\s(?<y4>\d{4})(?!\d)`,
    String.raw`(?<d5>\d{1,2})\.\s?(?<m5>\d{1,2})\.\s?(?<y5>\d{4})(?!\d)`,
    String.raw`(?<a6>\d{1,2})/(?<b6>\d{1,2})/(?<y6>\d{4})(?!\d)`,
  ]
    .map((form) => String.raw`(?<![\p{Script=Latin}\p{Script=Cyrillic}\d]|\d[./-])${form}`)
    .join("|"),
  "giu",
);

/**
 * Each once, in the order in which they stand there.
 * @param most of them; no more of the text is read than they take
 */
export function datesIn(text: string, most: number): string[] {
  const found = new Set<string>();
  for (const { groups } of text.matchAll(DATE)) {
    if (found.size >= most) break;
    const date = groups === undefined ? null : dateOf(groups);
    if (date !== null) found.add(date);
  }
  return [...found];
}

function dateOf(groups: Record<string, string | undefined>): string | null {
  const { y1, m1, d1, y2, m2, d2, y3, m3, d3, y4, m4, d4, y5, m5, d5, y6, a6, b6 } = groups;
  if (y6 !== undefined) {
    // 3/4 is in March or in April, but 13/4 and 4/4 are plain.
    const [a, b] = [Number(a6), Number(b6)];
    if (a === b || a > 12) return isoDate(y6, b, a);
    return b > 12 ? isoDate(y6, a, b) : null;
  }
  const month = m1 ?? m2 ?? m5 ?? MONTH.get((m3 ?? m4 ?? "").toLowerCase());
  return isoDate(y1 ?? y2 ?? y3 ?? y4 ?? y5, Number(month), Number(d1 ?? d2 ?? d3 ?? d4 ?? d5));
}

/** Null where there is no such day. */
function isoDate(year: string | undefined, month: number, day: number): string | null {
  const iso = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  const date = new Date(`${iso}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
  return real && iso >= "1000" && iso < "3000" ? iso : null;
}

/** The day of what a file says of itself, in UTC; null where that is no time. */
export function dayOf(time: string | null): string | null {
  if (time === null) return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().slice(0, 10);
}
