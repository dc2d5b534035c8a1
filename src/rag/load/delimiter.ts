// What parts the fields of a table of text, if it is one.

const DELIMITERS = [",", ";", "\t", "|"] as const;
/** Records that are looked at. */
const RECORDS = 30;

/**
 * The delimiter under which the first records have most alike many fields; null if there is none.
 * @param sure asks for a table that nobody takes for prose: three records or more, each with as many fields
 */
export function delimiterOf(
  text: string,
  { whole, sure }: { whole: boolean; sure: boolean },
): string | null {
  let best: { delimiter: string; score: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const counts = fieldCounts(text, delimiter, whole);
    const usual = mode(counts);
    if (usual < 2) continue;
    const alike = counts.filter((count) => count === usual).length;
    if (sure && (alike < counts.length || counts.length < 3 || (usual < 3 && delimiter === ",")))
      continue;
    const score = (alike / counts.length) * Math.log2(1 + usual);
    if (best === null || score > best.score) best = { delimiter, score };
  }
  return best?.delimiter ?? null;
}

/** How many fields each of the first records has; quotes keep what is between them together. */
function fieldCounts(text: string, delimiter: string, whole: boolean): number[] {
  const counts: number[] = [];
  let fields = 1;
  let quoted = false;
  let blank = true;
  for (let at = 0; at < text.length && counts.length < RECORDS; at++) {
    const unit = text[at];
    if (unit === '"') quoted = !quoted;
    else if (!quoted && unit === delimiter) fields++;
    else if (!quoted && unit === "\n") {
      if (!blank) counts.push(fields);
      fields = 1;
      blank = true;
      continue;
    }
    if (unit !== "\r") blank = false;
  }
  if (whole && !blank && !quoted && counts.length < RECORDS) counts.push(fields);
  return counts;
}

function mode(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}
