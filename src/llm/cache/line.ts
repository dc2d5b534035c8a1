// A question as one line: what is written of it, without what only a sentence has: its first capital, its
// pauses, its quotation marks. Everything else is kept, signs and capitals included, for each may be the
// question.

/** Where one writes it and another does not, nothing is another. */
const PAUSE =
  /^(?<word>.*[\p{L}\p{M}\p{N}"')\]])(?<pause>[.,;:]|[?!]+|\.\.\.|…|[。？！，、；：]+)$/u;

/** Short words with which an ordinary sentence begins: any other short one with a capital is a name or a unit. */
const OPENERS = new Set(
  "a an the i is it if in on at as am are do did can may how who why was has had he she we you my our his her by to of or and but so not no yes any all for hi hey let use get put set add say wie wer wo ich wir was der die das ist que qui les un une los las как что где кто это".split(
    " ",
  ),
);

/** One spelling of what is typed in two ways. */
function spelled(text: string): string {
  return text.normalize("NFC").replaceAll(/[‘’]/g, "'").replaceAll(/[“”„]/g, '"');
}

/** Words, each as it is written, and the pauses between them, however a sentence ends. */
export function lineOf(text: string): string {
  const tokens: string[] = [];
  let opens = true;
  for (const piece of unquoted(spelled(text)).split(/\s+/).filter(Boolean)) {
    const { word, pause } = parted(piece);
    tokens.push(folded(word, opens));
    opens = /[.?!…。？！]/.test(pause);
    if (pause !== "") tokens.push(opens ? "." : pause);
  }
  // With another pause no ordinary sentence ends.
  while (tokens.at(-1) === "," || tokens.at(-1) === ".") tokens.pop();
  return tokens.join(" ");
}

/** The same of a question about words: there only its first capital and its last sign say nothing. */
export function literalOf(text: string): string {
  const [first = "", ...rest] = spelled(text).trim().split(/\s+/);
  return [folded(first, true), ...rest].join(" ").replace(/(?<=[\p{L}\p{N}"')])[.?!]$/u, "");
}

function parted(piece: string): { word: string; pause: string } {
  const { word = piece, pause = "" } = PAUSE.exec(piece)?.groups ?? {};
  // "5!" and "n!" calculate; "0.999…" goes on; "C:" is a drive.
  const calculates = pause.startsWith("!") && /(?:\p{N}|^\p{L})$/u.test(word);
  const goesOn = /^(?:\.\.\.|…)$/.test(pause) && /\p{N}$/u.test(word);
  const drive = /^[:;]$/.test(pause) && /^\p{L}$/u.test(word);
  return calculates || goesOn || drive ? { word: piece, pause: "" } : { word, pause };
}

function folded(word: string, opens: boolean): string {
  if (/^I(?:'\p{Ll}+)?$/u.test(word)) return word.toLowerCase();
  if (!opens || !/^\p{Lu}[\p{Ll}\p{M}']*$/u.test(word)) return word;
  const lower = word.toLowerCase();
  return word.length > 3 || OPENERS.has(lower.replace(/'.*/, "")) ? lower : word;
}

/** Double quotation marks, and single ones around something. */
const QUOTED =
  /"([^"]+)"|(?<![\p{L}\p{M}\p{N}])'([^']+(?:\p{L}'\p{L}[^']*)*)'(?![\p{L}\p{M}\p{N}])/gu;
/** What is quoted in other ways, or as code: the marks stay. */
const QUOTED_OTHERWISE = /«([^»]+)»|「([^」]+)」|『([^』]+)』|`([^`]+)`/gu;

/** Without the marks around plain words; around anything else they stay, and so does what they hold. */
function unquoted(text: string): string {
  return text.replaceAll(QUOTED, (whole: string, double?: string, single?: string) => {
    const quoted = double ?? single ?? "";
    return /^[\p{L}\p{M}\p{N}' ]+$/u.test(quoted) ? quoted : whole.replaceAll(/\s+/g, "\u00B7");
  });
}

/** What stands in quotation marks, as it stands there. */
export function quotedIn(text: string): string[] {
  const plain = spelled(text);
  return [...plain.matchAll(QUOTED), ...plain.matchAll(QUOTED_OTHERWISE)].map(([, ...held]) =>
    (held.find((it) => typeof it === "string") ?? "").trim(),
  );
}

/** What is no word, each in its order and with what stands beside it: "a >= b", "C++", an emoji. */
export function signsIn(line: string): string[] {
  const tokens = line.split(" ").filter((token) => !/^[,.]?$/.test(token));
  return tokens.flatMap((token, at) => {
    if (/^[\p{L}\p{M}']+$/u.test(token)) return [];
    if (/[\p{L}\p{N}]/u.test(token)) return [token];
    return [`${tokens[at - 1] ?? ""} ${token} ${tokens[at + 1] ?? ""}`];
  });
}

/** Words with a capital that a sentence does not give them, in their order. */
export function capitalsIn(line: string): string[] {
  return line.split(" ").filter((token) => /\p{Lu}/u.test(token));
}
