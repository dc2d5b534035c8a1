// Templates: text with `{{name}}` in it. A `\{{` is two braces. There is nothing else to know, so
// that a template cannot do anything: no conditions, no loops, no expressions.

type Piece = { text: string } | { variable: string } | { stray: string };

/** One token: an escape, a variable, or braces that are neither. */
const TOKEN = /\\\{\{|\{\{[ \t]*(\w{1,64})[ \t]*\}\}|\{\{/g;

function* piecesOf(template: string): Generator<Piece> {
  let from = 0;
  for (const match of template.matchAll(TOKEN)) {
    const [token, variable] = match;
    if (match.index > from) yield { text: template.slice(from, match.index) };
    if (variable !== undefined) yield { variable };
    else if (token.startsWith("\\")) yield { text: "{{" };
    else yield { stray: template.slice(match.index, match.index + 20).toWellFormed() };
    from = match.index + token.length;
  }
  if (from < template.length) yield { text: template.slice(from) };
}

/** The variables of a template, and what begins like one and is none. */
export function readTemplate(template: string): { variables: string[]; stray: string[] } {
  const pieces = [...piecesOf(template)];
  return {
    variables: [...new Set(pieces.flatMap((piece) => ("variable" in piece ? piece.variable : [])))],
    stray: pieces.flatMap((piece) => ("stray" in piece ? piece.stray : [])),
  };
}

/** Characters of a template once it is filled: known before the text is made. */
export function filledLength(template: string, values: ReadonlyMap<string, string>): number {
  let length = 0;
  for (const piece of piecesOf(template)) length += written(piece, values).length;
  return length;
}

/** Inserts each value as it is: what looks like a variable in one is none. */
export function fill(template: string, values: ReadonlyMap<string, string>): string {
  let filled = "";
  for (const piece of piecesOf(template)) filled += written(piece, values);
  return filled;
}

function written(piece: Piece, values: ReadonlyMap<string, string>): string {
  if ("text" in piece) return piece.text;
  // A stray one was refused when its prompt was stored; its braces stand for themselves.
  return "stray" in piece ? "{{" : (values.get(piece.variable) ?? "");
}
