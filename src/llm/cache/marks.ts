// What a question says beside its words: code, quotations, names. One sign of it can be the question.

/** Letters, digits, or a run of signs; what a sign does is read from what stands beside it. */
const PIECE =
  /\p{N}+(?:[.,:]\p{N}+)*|(?:(?!\p{N})[\p{L}\p{M}_])+|\?\?|\?\.|::|[-+*/%=<>!&|^~@#$\\€£¥°[\]{}]+/gu;
const SIGN = /^[^\p{L}\p{N}_]+$/u;

/**
 * Signs that calculate, compare or belong to a name ("a >= b", "C++", "!ok"), each with what stands
 * right before and after it. Dashes, slashes between words and the exclamation mark of a sentence are
 * none.
 */
export function signsIn(text: string): string[] {
  const plain = text.normalize("NFKC");
  const pieces = [...plain.matchAll(PIECE)];
  return pieces.flatMap((piece, at) => {
    const [sign] = piece;
    if (!SIGN.test(sign)) return [];
    const before = plain.charAt(piece.index - 1);
    const after = plain.charAt(piece.index + sign.length);
    if (isPunctuation(sign, before, after)) return [];
    const beside = (pieces[at - 1]?.[0] ?? "").toLowerCase();
    const of = pieces[at + 1]?.[0] ?? "";
    // Of a flag case counts: -v is not -V.
    return `${beside} ${sign} ${sign.startsWith("-") ? of : of.toLowerCase()}`;
  });
}

function isPunctuation(sign: string, before: string, after: string): boolean {
  const between = /\p{L}/u.test(before) && /\p{L}/u.test(after);
  const alone = /^\s?$/.test(before) && /^\s?$/.test(after);
  if (/^-+$/.test(sign)) return between || alone || /[\p{L}\p{N}]/u.test(before);
  if (sign === "/") return between;
  if (sign === "&") return alone;
  if (sign === "??") return !alone && /^[\s?!]?$/.test(after);
  if (/^!+$/.test(sign)) return /^[\s?!]?$/.test(after) && !/\p{N}/u.test(before);
  return /^[$€£¥°%]$/.test(sign) && (/\p{N}/u.test(before) || /\p{N}/u.test(after)); // a unit: read as a word
}

/** What stands in quotation marks, as it stands there. */
export function quotedIn(text: string): string[] {
  return [
    ...text.matchAll(/"([^"]+)"|“([^”]+)”|«([^»]+)»|„([^“”]+)[“”]|「([^」]+)」|`([^`]+)`/g),
  ].map(
    (match) =>
      match
        .slice(1)
        .find((it) => it !== undefined)
        ?.trim() ?? "",
  );
}

/** What stands as code, where case and spacing count. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.trim());
}

/**
 * Capitalised words that do not only begin a sentence, lower-case, in their order. Of a text in which
 * most words are capitalised nothing can be told.
 */
export function namesIn(text: string): string[] {
  const found = [...text.normalize("NFKC").matchAll(/[\p{L}\p{M}][\p{L}\p{M}\p{N}]*/gu)];
  const capital = found.filter(([word]) => /^\p{Lu}/u.test(word));
  if (found.length > 3 && capital.length > found.length * 0.6) return [];
  return capital
    .filter(({ 0: word, index }) => {
      if (word === "I") return false;
      if (/^\p{Lu}{2,}/u.test(word) || /\p{Ll}\p{Lu}/u.test(word)) return true;
      return index > 0 && !/(?:^|[.!?:;\n])["'“«(\s]*$/u.test(text.slice(0, index));
    })
    .map(([word]) => word.toLowerCase());
}
