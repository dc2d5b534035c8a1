// Made-up documents that have the words of real ones: English words in Zipf's proportions, a subject to
// each document, questions of words that stand together. The same numbers make the same texts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { vectorOf } from "../../src/llm/embedders/embedded.ts";
import { root } from "../turn/hosts.ts";

export type MadeChunk = { text: string; heading_path: string[] };
export type MadeDocument = { title: string; chunks: MadeChunk[] };

/** Different words, and characters of a chunk: as Edgewise cuts by default. */
const WORDS = 50_000;
const CHUNK = 1_000;
/** Zipf's law as Mandelbrot has it: a word's share falls with its rank and this. */
const SHIFT = 2.7;
/** Words of a document's own subject, what of its text they are, and the first rank that may be one. */
const OF_A_SUBJECT = 60;
const SUBJECT_SHARE = 0.25;
const SUBJECT_FROM = 150;
/** What makes of one word others that no stemmer takes back. */
const ENDINGS =
  "ton wick mont berg dale stone land ford wood gate bank brook cliff marsh holm thorpe stead combe garth minster".split(
    " ",
  );

export class Texts {
  readonly #words: string[];
  /** How much of all text the words up to each rank are. */
  readonly #shares: Float64Array;

  constructor() {
    const known = englishWords();
    const roots = known.filter((word) => word.length > 3);
    const made = ENDINGS.flatMap((ending) => roots.map((word) => word + ending));
    this.#words = [...new Set([...known, ...made])].slice(0, WORDS);
    this.#shares = new Float64Array(this.#words.length);
    let sum = 0;
    for (const rank of this.#words.keys()) this.#shares[rank] = sum += 1 / (rank + 1 + SHIFT);
  }

  get size(): number {
    return this.#words.length;
  }

  document(seed: number, chunks: number): MadeDocument {
    const random = randomness(seed);
    const subject = Array.from({ length: OF_A_SUBJECT }, () =>
      this.#wordFrom(random, SUBJECT_FROM),
    );
    const word = () =>
      random() < SUBJECT_SHARE
        ? (subject[Math.floor(random() ** 2 * subject.length)] ?? "")
        : this.#wordFrom(random, 0);
    const some = (least: number, most: number, one = word) =>
      Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, one);
    const text = () => {
      const sentences: string[] = [];
      for (let length = 0; length < CHUNK;) {
        const sentence = `${capital(some(8, 22).join(" "))}.`;
        sentences.push(sentence);
        length += sentence.length + 1;
      }
      return sentences.join(" ");
    };
    const said = () => subject[Math.floor(random() * subject.length)] ?? "";
    const title = capital(some(3, 6, said).join(" "));
    let heading = "";
    return {
      title,
      chunks: Array.from({ length: chunks }, (_, position) => {
        if (position % 4 === 0) heading = capital(some(2, 4).join(" "));
        return { text: text(), heading_path: [heading] };
      }),
    };
  }

  /** Three to ten different words of one chunk: so a word is asked for as often as chunks have it. */
  question(seed: number, documents: number, chunks: number): string {
    const random = randomness(1e9 + seed);
    const { chunks: all } = this.document(Math.floor(random() * documents), chunks);
    const chunk = all[Math.floor(random() * all.length)];
    const words = [...new Set(chunk?.text.toLowerCase().match(/[a-z]+/g))];
    const length = 3 + Math.floor(random() * 8);
    return Array.from(
      { length },
      () => words.splice(Math.floor(random() * words.length), 1)[0],
    ).join(" ");
  }

  /** Each word as often as its rank has it, from a rank on. */
  #wordFrom(random: () => number, rank: number): string {
    const shares = this.#shares;
    const before = rank === 0 ? 0 : (shares[rank - 1] ?? 0);
    const wanted = before + random() * ((shares.at(-1) ?? 0) - before);
    let [low, high] = [rank, shares.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((shares[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#words[low] ?? "";
  }
}

/** As Markdown, which is how small documents are brought. */
export function markdownOf({ title, chunks }: MadeDocument): string {
  const parts = chunks.map(({ text, heading_path: [heading = ""] }, at) =>
    at % 4 === 0 ? `## ${heading}\n\n${text}` : text,
  );
  return `# ${title}\n\n${parts.join("\n\n")}\n`;
}

/** As src/rag/index/parts.ts has it: where a chunk stands, and its text. */
export function vectorsOf({ title, chunks }: MadeDocument): Float32Array {
  const all = chunks.map(({ text, heading_path }) =>
    vectorOf(`${[title, ...heading_path].join(" > ")}\n${text}`),
  );
  const packed = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const vector of all) {
    packed.set(vector, at);
    at += vector.length;
  }
  return packed;
}

/** Of this repository's pages, most frequent first. */
function englishWords(): string[] {
  const pages = ["README.md", "docs", "docs/decisions"].flatMap((path) =>
    path.endsWith(".md")
      ? [path]
      : readdirSync(join(root, path))
          .filter((name) => name.endsWith(".md"))
          .sort()
          .map((name) => join(path, name)),
  );
  const counts = new Map<string, number>();
  for (const page of pages)
    for (const word of readFileSync(join(root, page), "utf8")
      .toLowerCase()
      .match(/[a-z]{2,}/g) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Mulberry32. */
function randomness(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
