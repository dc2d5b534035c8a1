// How many words a text has. Unit by unit: a regular expression runs out of stack on a word of megabytes.

const Kind = { UNKNOWN: 0, OTHER: 1, LETTER: 2, JOINING: 3, UNSPACED: 4 } as const;

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const LETTER = /[\p{L}\p{N}]/u;
const JOINING = /[\p{M}'’_-]/u;

/** Of each UTF-16 unit that has been met. */
const kinds = new Uint8Array(0x1_0000);

/** Between spaces a word is one, with what joins its parts; where a script has no spaces, each character. */
export function countWords(text: string): number {
  let count = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const pair = (unit & 0xfc00) === 0xd800;
    const kind = pair ? kindOf(text.codePointAt(at) ?? unit) : kinds[unit] || learn(unit);
    if (pair) at++;
    if (kind === Kind.UNSPACED || (kind === Kind.LETTER && !inside)) count++;
    inside = kind === Kind.LETTER || (inside && kind === Kind.JOINING);
  }
  return count;
}

function learn(unit: number): number {
  return (kinds[unit] = kindOf(unit));
}

function kindOf(point: number): number {
  const character = String.fromCodePoint(point);
  if (UNSPACED.test(character)) return Kind.UNSPACED;
  if (LETTER.test(character)) return Kind.LETTER;
  return JOINING.test(character) ? Kind.JOINING : Kind.OTHER;
}
