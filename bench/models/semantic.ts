// How often a question that asks the same in other words is answered from the semantic cache, and how
// often one that asks something else is: with the embedded embedder, by threshold, with the guard and
// without. Plain node, no network.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mayStandFor, type Strictness } from "../../src/llm/cache/likeness.ts";
import { embeddedEmbedder } from "../../src/llm/embedders/embedded.ts";

type Pair = { id: string; kept: string; asked: string; same: boolean; kind: string };
type Judged = Pair & { similarity: number; guard: Record<Strictness, boolean> };
type Rule = (pair: Judged) => boolean;

const THRESHOLDS = [0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.95, 0.98];

/** @param file of lines `{id, kept, asked, same, kind}` in this folder */
export async function run(file: string): Promise<string> {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const pairs = readFileSync(join(import.meta.dirname, file), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Pair);
  const embedder = embeddedEmbedder();
  const judged = await Promise.all(pairs.map((pair) => judge(pair, embedder)));
  const same = judged.filter((pair) => pair.same);
  const other = judged.filter((pair) => !pair.same);

  say(`${file}: ${pairs.length} pairs by another hand.`);
  say(`hits: of ${same.length} that ask the same, how many are answered from the cache`);
  say(`wrong: of ${other.length} that ask something else, how many are all the same`);

  say(`One run. Of ${other.length} a single one is ${(100 / other.length).toFixed(1)} %.\n`);

  say("threshold   guard off             guard on");
  say("            hits       wrong      hits       wrong");
  for (const threshold of THRESHOLDS) {
    const near: Rule = ({ similarity }) => similarity >= threshold;
    const held: Rule = (pair) => near(pair) && pair.guard.words;
    const row = [rate(same, near), rate(other, near), rate(same, held), rate(other, held)];
    const built = threshold === embedder.threshold ? "  <- built in" : "";
    say(`${threshold.toFixed(2).padEnd(12)}${row.map((it) => it.padEnd(11)).join("")}${built}`);
  }

  say("\nthe guard alone, at any threshold: the most that an embedder could let through");
  for (const strictness of ["words", "meaning"] as const) {
    const passes: Rule = ({ guard }) => guard[strictness];
    say(`  ${strictness.padEnd(10)}hits ${rate(same, passes)}, wrong ${rate(other, passes)}`);
  }

  // The last column is the guard of real embedders, alone.
  const builtIn: Rule = ({ similarity }) => similarity >= embedder.threshold;
  say(`\nby kind, at ${embedder.threshold}:          pairs guard off  guard on  meaning`);
  for (const [label, group] of [
    ["hits", same],
    ["wrong", other],
  ] as const) {
    say(label);
    for (const [kind, members] of Map.groupBy(group, (pair) => pair.kind)) {
      const off = members.filter(builtIn).length;
      const on = members.filter((pair) => builtIn(pair) && pair.guard.words).length;
      const meaning = members.filter((pair) => pair.guard.meaning).length;
      const figures = [members.length, off, on, meaning]
        .map((it) => String(it).padStart(9))
        .join("");
      say(`  ${kind.padEnd(32)}${figures}`);
    }
  }
  return lines.join("\n");
}

async function judge(pair: Pair, embedder: ReturnType<typeof embeddedEmbedder>): Promise<Judged> {
  const [a, b] = await embedder.embed([pair.asked, pair.kept], AbortSignal.timeout(1000));
  const guard = {
    words: mayStandFor(pair.asked, pair.kept, "words"),
    meaning: mayStandFor(pair.asked, pair.kept, "meaning"),
  };
  return { ...pair, similarity: cosine(a, b), guard };
}

function cosine(a: Float32Array = new Float32Array(), b: Float32Array = a): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function rate(group: readonly Judged[], rule: Rule): string {
  const count = group.filter(rule).length;
  return `${((100 * count) / group.length).toFixed(1)} %`;
}
