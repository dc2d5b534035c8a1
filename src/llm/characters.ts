// What each UTF-16 unit is to a tokenizer, and what letters of each script cost. Nothing here looks
// at more than one unit; `tokens.ts` reads texts by it. The figures are o200k's
// (`node scripts/tokens.ts` says how well they hold).

/** From `SCRIPT` on: letters of the scripts below, each with its place in `SCRIPTS`. */
export const Kind = {
  END: 0,
  SPACE: 1,
  NEWLINE: 2,
  DIGIT: 3,
  UPPER: 4,
  LOWER: 5,
  /** Latin letters beyond ASCII, taken for either case. */
  ACCENTED: 6,
  /** Vowel signs and accents that stand on the letter before them. */
  POINT: 7,
  /** Punctuation, which merges with its neighbours. */
  MARK: 8,
  /** Arrows, mathematics, the older pictures: hardly one merges. */
  SIGN: 9,
  /** What boxes are drawn with, which merges with its like. */
  LINE: 10,
  /** What joins emoji and chooses their form. */
  JOINER: 11,
  SURROGATE: 12,
  SCRIPT: 13,
} as const;

type Range = [first: number, last: number];

type Script = {
  /** A run of n letters is `start + each * n` tokens, and one at least. */
  start: number;
  each: number;
  /** More where no space leads the run: most words are learnt with theirs. */
  bare: number;
  ranges: Range[];
};

export const SCRIPTS: Script[] = [
  // Cyrillic
  { start: 0.28, each: 0.24, bare: 0.5, ranges: [[0x400, 0x52f]] },
  // Arabic
  { start: 0.56, each: 0.23, bare: 0.5, ranges: [[0x600, 0x8ff]] },
  // Devanagari
  { start: 0.3, each: 0.27, bare: 0.5, ranges: [[0x900, 0x97f]] },
  // Hangul
  { start: 0.5, each: 0.57, bare: 0, ranges: [[0xac00, 0xd7a3]] },
  // Chinese characters
  {
    start: 0,
    each: 0.8,
    bare: 0,
    ranges: [
      [0x4e00, 0x9fff],
      [0xf900, 0xfaff],
    ],
  },
  // Kana
  { start: 0, each: 0.67, bare: 0, ranges: [[0x3041, 0x30ff]] },
  // Greek, Hebrew
  {
    start: 0,
    each: 0.48,
    bare: 0.5,
    ranges: [
      [0x370, 0x3ff],
      [0x590, 0x5ff],
    ],
  },
  // Armenian, the other scripts of India, Thai, Georgian
  {
    start: 0.2,
    each: 0.37,
    bare: 0.3,
    ranges: [
      [0x530, 0x58f],
      [0x980, 0xe7f],
      [0x10a0, 0x10ff],
    ],
  },
  // Lao, Tibetan, Burmese, Khmer
  {
    start: 0,
    each: 0.6,
    bare: 0.3,
    ranges: [
      [0xe80, 0x109f],
      [0x1780, 0x17ff],
    ],
  },
  // The rest: by the byte, nearly
  {
    start: 0,
    each: 2,
    bare: 0,
    ranges: [
      [0x250, 0x2ff],
      [0x1100, 0x177f],
      [0x1800, 0x1dff],
      [0x1f00, 0x1fff],
      [0x2c00, 0x2dff],
      [0x3105, 0x4dff],
      [0xa000, 0xabff],
      [0xe000, 0xf8ff],
      [0xfb00, 0xfdff],
      [0xfe70, 0xfefc],
      [0xff10, 0xff19],
      [0xff21, 0xff3a],
      [0xff41, 0xff5a],
      [0xff66, 0xffdc],
    ],
  },
];

/** The kinds that are no script. Where ranges overlap the later one holds. */
const OTHERS: [kind: number, ranges: Range[]][] = [
  [
    Kind.SPACE,
    [
      [0x09, 0x09],
      [0x0b, 0x0c],
      [0x20, 0x20],
      [0xa0, 0xa0],
      [0x2000, 0x200a],
      [0x3000, 0x3000],
    ],
  ],
  [
    Kind.NEWLINE,
    [
      [0x0a, 0x0a],
      [0x0d, 0x0d],
    ],
  ],
  [Kind.DIGIT, [[0x30, 0x39]]],
  [Kind.UPPER, [[0x41, 0x5a]]],
  [Kind.LOWER, [[0x61, 0x7a]]],
  [
    Kind.ACCENTED,
    [
      [0xc0, 0x24f],
      [0x1e00, 0x1eff],
    ],
  ],
  [
    Kind.MARK,
    [
      [0xd7, 0xd7],
      [0xf7, 0xf7],
      [0x60c, 0x60c],
      [0x61b, 0x61f],
      [0x6d4, 0x6d4],
      [0x964, 0x965],
      [0x30fb, 0x30fb],
    ],
  ],
  [
    Kind.POINT,
    [
      [0x300, 0x36f],
      [0x591, 0x5c7],
      [0x610, 0x61a],
      [0x64b, 0x65f],
      [0x670, 0x670],
    ],
  ],
  [Kind.SIGN, [[0x2070, 0x2bff]]],
  [Kind.LINE, [[0x2500, 0x259f]]],
  [
    Kind.JOINER,
    [
      [0x200d, 0x200d],
      [0xfe00, 0xfe0f],
    ],
  ],
  [Kind.SURROGATE, [[0xd800, 0xdfff]]],
];

/** The kind of each of the 65,536 units; what no range names is punctuation. */
export const KINDS = new Uint8Array(0x1_0000).fill(Kind.MARK);
const name = (kind: number, ranges: Range[]) => {
  for (const [first, last] of ranges) KINDS.fill(kind, first, last + 1);
};
SCRIPTS.forEach(({ ranges }, place) => name(Kind.SCRIPT + place, ranges));
for (const [kind, ranges] of OTHERS) name(kind, ranges);

export const isLatin = (kind: number) =>
  kind === Kind.LOWER || kind === Kind.UPPER || kind === Kind.ACCENTED;
