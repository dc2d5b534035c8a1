// The embedder that needs no key: deterministic feature hashes of stems, their pairs and the trigrams
// of their letters. It knows words, not meanings; nothing here calls it semantic.
import { type Embedder, normalised, USUAL_THRESHOLD } from "./embedder.ts";
import { isUnspaced, stemOf, wordsOf } from "./stems.ts";

const DIMENSIONS = 256;
/** Another number where anything below changes: what was kept before cannot be compared with it. */
const VERSION = 1;
const WEIGHTS = { word: 1, common: 0.2, pair: 0.4, trigram: 0.15 };

/** Words that say little of what a question is about. */
const COMMON = new Set(
  "a an and are as at be by can could did do does for from had has have how i in is it its me my of on or please should so tell that the their there these they this those to us was we were what when where which who why will with would you your".split(
    " ",
  ),
);

export function embeddedEmbedder(threshold = USUAL_THRESHOLD): Embedder {
  return {
    id: `embedded/${VERSION}`,
    dimensions: DIMENSIONS,
    threshold,
    reads: "words",
    embed: (texts) => Promise.resolve(texts.map(vectorOf)),
  };
}

export function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  let before = "";
  for (const word of wordsOf(text)) {
    const stem = stemOf(word);
    const common = COMMON.has(word);
    add(vector, `w:${stem}`, common ? WEIGHTS.common : WEIGHTS.word);
    if (common) continue;
    if (before !== "") add(vector, `p:${before} ${stem}`, WEIGHTS.pair);
    before = stem;
    if (isUnspaced(word)) continue;
    const padded = ` ${stem} `;
    for (let i = 0; i + 3 <= padded.length; i++)
      add(vector, `t:${padded.slice(i, i + 3)}`, WEIGHTS.trigram);
  }
  // A text without a word: every such text is like every other, and like nothing else.
  return normalised(vector) ?? unit();
}

function add(vector: Float32Array, feature: string, weight: number): void {
  const hash = fnv1a(feature);
  const at = hash % DIMENSIONS;
  vector[at] = (vector[at] ?? 0) + (hash & 0x8000_0000 ? weight : -weight);
}

function unit(): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  vector[0] = 1;
  return vector;
}

/** FNV-1a of 32 bits over UTF-16 units, its bits mixed once more: alone its high ones are poor. */
function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
