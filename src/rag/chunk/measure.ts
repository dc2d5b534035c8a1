// How long a text is, in characters or tokens, and how much of one fits.

export type Measure = {
  size: number;
  overlap: number;
  of: (text: string) => number;
  /** How far one may go from `from`, and not past `end`, so that at most `room` lie between. */
  reach: (text: string, from: number, room: number, end: number) => number;
  /** How far back one may begin, and not before `least`, so that at most `room` lie up to `to`. */
  back: (text: string, to: number, room: number, least: number) => number;
};

type Sizes = { size: number; overlap: number };

export function inCharacters({ size, overlap }: Sizes): Measure {
  return {
    size,
    overlap,
    of: (text) => text.length,
    reach: (text, from, room, end) => evenDown(text, Math.max(from, Math.min(end, from + room))),
    back: (text, to, room, least) => evenUp(text, Math.min(to, Math.max(least, to - room))),
  };
}

/** So many characters to a token are more than any prose has. What has more is cut shorter than it could be. */
const MOST_PER_TOKEN = 16;

/**
 * @param tokens an estimate: roughly additive, but not exactly, and dear enough to be asked for a few
 *   texts of a chunk's length only. So what is told may be a little less than what would fit.
 */
export function inTokens({ size, overlap }: Sizes, tokens: (text: string) => number): Measure {
  let perToken = 4;
  /** The longest found whose text has at most `room` tokens. */
  const longest = (room: number, most: number, textOf: (length: number) => string): number => {
    let fits = 0;
    let tooLong = most + 1;
    let length = Math.min(most, Math.floor(room * perToken));
    for (let turn = 0; turn < 8 && fits + 1 < tooLong; turn++) {
      length = Math.max(fits + 1, Math.min(tooLong - 1, length));
      const count = tokens(textOf(length));
      if (count <= room) {
        fits = length;
        if (count >= room * 0.97) break;
      } else tooLong = length;
      length = count === 0 ? most : Math.floor(((length * room) / count) * 0.99);
    }
    if (fits > 0 && fits < most) perToken = fits / room;
    return fits;
  };
  return {
    size,
    overlap,
    of: tokens,
    reach: (text, from, room, end) => {
      const most = Math.max(0, Math.min(end - from, room * MOST_PER_TOKEN));
      return evenDown(
        text,
        from + longest(room, most, (length) => text.slice(from, from + length)),
      );
    },
    back: (text, to, room, least) => {
      const most = Math.max(0, Math.min(to - least, room * MOST_PER_TOKEN));
      return evenUp(text, to - longest(room, most, (length) => text.slice(to - length, to)));
    },
  };
}

/** The same place, or the one before it where a surrogate pair stands around it. */
function evenDown(text: string, at: number): number {
  return splitsPair(text, at) ? at - 1 : at;
}

/** The same place, or the one after it. */
export function evenUp(text: string, at: number): number {
  return splitsPair(text, at) ? at + 1 : at;
}

function splitsPair(text: string, at: number): boolean {
  return isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1));
}

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
