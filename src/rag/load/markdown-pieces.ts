// A Markdown text cut into pieces that can be parsed one by one: the parser takes some thousand times a text's size in memory,
// and on some texts (nested quotes, brackets, emphasis) its square in time.

/** UTF-16 units after which a piece ends where a block does, and after which it ends at any line. */
const PIECE = 8 * 1024;
const LARGEST_PIECE = 32 * 1024;
/** Marks of emphasis, links and code in a paragraph: more, and it is taken as it stands. */
const MOST_MARKS = 400;
/** Quotes and lists within each other, at the beginning of a line. */
const DEEPEST = 16;

export type MarkdownPiece = {
  text: string;
  /** Definitions of links that stand elsewhere and are used here; to be put behind the text. */
  definitions: string;
  /** Not to be parsed. */
  plain: boolean;
};

type Run = { lines: string[]; size: number; marks: number; fenced: boolean };

export function* piecesOf(text: string): Generator<MarkdownPiece> {
  const definitions = definitionsIn(text);
  let gathered: string[] = [];
  let size = 0;
  const piece = (): MarkdownPiece => {
    const joined = gathered.join("\n");
    gathered = [];
    size = 0;
    return { text: joined, definitions: usedIn(joined, definitions), plain: false };
  };
  for (const run of runsOf(text)) {
    const plain = !run.fenced && (run.marks > MOST_MARKS || run.size > LARGEST_PIECE);
    const [first = ""] = run.lines;
    // A line that is indented may belong to an item above it.
    const mayPart = /^[^\s]/.test(first) && size > PIECE;
    if (gathered.length > 0 && (plain || mayPart || size + run.size > LARGEST_PIECE)) yield piece();
    if (plain) {
      yield { text: run.lines.join("\n"), definitions: "", plain: true };
      continue;
    }
    gathered.push(...run.lines, "");
    size += run.size;
  }
  if (gathered.length > 0) yield piece();
}

const APART = /^[ \t]*(?:\||[-+*][ \t]|\d{1,9}[.)][ \t])/;
const FENCE = /^[ \t]*(?:>[ \t]?){0,16}(`{3,}|~{3,})(.*)$/;

/** Lines up to the next blank one; of code in fences, up to their end, in parts where it is long. */
function* runsOf(text: string): Generator<Run> {
  let run: Run = { lines: [], size: 0, marks: 0, fenced: false };
  let fence: { mark: string; line: string } | null = null;
  const next = (): Run => {
    const done = run;
    run = { lines: [], size: 0, marks: 0, fenced: fence !== null };
    return done;
  };
  for (const line of lines(text)) {
    const [, mark, info = ""] = FENCE.exec(line.slice(0, 1000)) ?? [];
    const opens =
      fence === null && mark !== undefined && !(mark.startsWith("`") && info.includes("`"));
    if (fence === null && line.trim() === "") {
      if (run.lines.length > 0) yield next();
      continue;
    }
    if (fence !== null && run.size + line.length > PIECE) {
      run.lines.push(fence.mark);
      yield next();
      run.lines.push(fence.line);
    }
    run.lines.push(fence === null ? shallow(line) : line);
    run.size += line.length + 1;
    if (opens) {
      fence = { mark, line };
      run.fenced = true;
    } else if (fence !== null) {
      if (mark?.startsWith(fence.mark) === true && info.trim() === "") fence = null;
    } else {
      const marks = line.match(/[[\]*_~`<&!]/g)?.length ?? 0;
      // Rows of tables and items of lists are read one by one.
      run.marks = APART.test(line) ? Math.max(run.marks, marks) : run.marks + marks;
    }
  }
  if (run.lines.length > 0) yield run;
}

function* lines(text: string): Generator<string> {
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf("\n", at);
    yield text.slice(at, end < 0 ? text.length : end);
    if (end < 0) return;
    at = end + 1;
  }
}

/** Without the quotes and lists that are deeper than anybody means them. */
function shallow(line: string): string {
  const marker = /[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;
  let kept = 0;
  for (let count = 0; count < DEEPEST; count++) {
    marker.lastIndex = kept;
    if (!marker.test(line)) return line;
    kept = marker.lastIndex;
  }
  let at = kept;
  do {
    marker.lastIndex = at;
    if (!marker.test(line)) break;
    at = marker.lastIndex;
  } while (at < line.length);
  return `${line.slice(0, kept)} ${line.slice(at).trimStart()}`;
}

const DEFINITION = /^ {0,3}\[([^[\]\n]{1,200})\]:[ \t]*(\S[^\n]{0,2000})$/gm;

/** What labels stand for, by the label as it is compared. */
function definitionsIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  if (text.length <= PIECE) return found;
  for (const [line, label = ""] of text.matchAll(DEFINITION))
    if (!found.has(label.toLowerCase())) found.set(label.toLowerCase(), line);
  return found;
}

function usedIn(text: string, definitions: ReadonlyMap<string, string>): string {
  if (definitions.size === 0) return "";
  const used = new Set<string>();
  for (const [, label = ""] of text.matchAll(/\[([^[\]\n]{1,200})\]/g)) {
    const definition = definitions.get(label.toLowerCase());
    if (definition !== undefined) used.add(definition);
  }
  return [...used].join("\n");
}
