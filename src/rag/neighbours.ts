// Found chunks, and those that stand beside them in their documents, joined to one text each.
import type { Candidate } from "./index/calls.ts";
import type { Ranked } from "./rank.ts";

/** Chunks that are each other's neighbours become one result, which has the place of the better one. */
export function joinNeighbours(
  ranked: readonly Ranked[],
  around: readonly Candidate[],
  reach: number,
): Ranked[] {
  const chunks = new Map(around.map((chunk) => [keyOf(chunk, chunk.position), chunk]));
  for (const { candidate } of ranked) chunks.set(keyOf(candidate, candidate.position), candidate);
  const used = new Set<string>();
  const joined: Ranked[] = [];
  for (const one of ranked) {
    const { candidate } = one;
    if (used.has(keyOf(candidate, candidate.position))) continue;
    const run = runAround(candidate, chunks, reach, used);
    const [first] = run;
    if (first === undefined) continue;
    for (const chunk of run) used.add(keyOf(chunk, chunk.position));
    joined.push({
      ...one,
      candidate: { ...candidate, ...together(run), page: first.page ?? candidate.page },
    });
  }
  return joined;
}

const keyOf = ({ document, version }: Candidate, position: number) =>
  `${document}:${version}:${position}`;

function runAround(
  candidate: Candidate,
  chunks: ReadonlyMap<string, Candidate>,
  reach: number,
  used: ReadonlySet<string>,
): Candidate[] {
  const run = [candidate];
  const step = (by: -1 | 1) => {
    for (let n = 1; n <= reach; n++) {
      const key = keyOf(candidate, candidate.position + by * n);
      const next = chunks.get(key);
      if (next === undefined || used.has(key)) return;
      if (by < 0) run.unshift(next);
      else run.push(next);
    }
  };
  step(-1);
  step(1);
  return run;
}

/** Without what each repeats of the one before it. */
function together(run: readonly Candidate[]): Pick<Candidate, "text" | "pages"> {
  let text = "";
  const pages: Candidate["pages"] = [];
  for (const chunk of run) {
    const rest = text === "" ? chunk.text : chunk.text.slice(chunk.overlap);
    const own = text === "" ? rest : rest.trimStart();
    const start = text === "" ? 0 : text.length + 1;
    const cut = chunk.text.length - own.length;
    for (const { at, page } of chunk.pages)
      if (page !== pages.at(-1)?.page) pages.push({ at: start + Math.max(0, at - cut), page });
    text = text === "" ? own : `${text}\n${own}`;
  }
  return { text, pages };
}
