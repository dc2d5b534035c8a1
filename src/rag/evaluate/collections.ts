// Reads labelled collections in the layout that public ones share: a corpus and questions of one JSON
// object a line, and judgements as a table. Where the text comes from is the caller's business.
import { z } from "zod";

export type CorpusDocument = { id: string; title: string; text: string };
export type LabelledQuery = { id: string; text: string };

const id = z.union([z.string().min(1), z.number()]).transform(String);

const documentSchema = z
  .object({
    id: id.optional(),
    _id: id.optional(),
    doc_id: id.optional(),
    title: z.string().nullish(),
    text: z.string().optional(),
    contents: z.string().optional(),
  })
  .transform((line) => ({
    id: line.id ?? line._id ?? line.doc_id,
    title: line.title ?? "",
    text: line.text ?? line.contents,
  }));
const querySchema = z
  .object({
    id: id.optional(),
    _id: id.optional(),
    query_id: id.optional(),
    text: z.string().optional(),
    query: z.string().optional(),
  })
  .transform((line) => ({
    id: line.id ?? line._id ?? line.query_id,
    text: line.text ?? line.query,
  }));

/**
 * Documents in their order.
 * @param jsonl `id`, `_id` or `doc_id`; `text` or `contents`; and perhaps `title`
 * @throws {CollectionError}
 */
export function parseCorpus(jsonl: string): CorpusDocument[] {
  return withIds("corpus", jsonl, documentSchema, ({ text, title }, its) =>
    text === undefined ? '"text" or "contents"' : { id: its, title, text },
  );
}

/**
 * Questions in their order.
 * @param jsonl `id`, `_id` or `query_id`; `text` or `query`
 * @throws {CollectionError}
 */
export function parseQueries(jsonl: string): LabelledQuery[] {
  return withIds("queries", jsonl, querySchema, ({ text }, its) =>
    text === undefined ? '"text" or "query"' : { id: its, text },
  );
}

/**
 * By question, the documents that are relevant to it, with grades above 0; a question without any is not
 * there. Of two judgements of the same the later one holds.
 * @param table question, document, grade between tabs or spaces; or TREC's four columns, whose second says
 *   nothing; below a header or not
 * @throws {CollectionError}
 */
export function parseQrels(table: string): Map<string, Map<string, number>> {
  const qrels = new Map<string, Map<string, number>>();
  for (const [at, line] of linesOf(table)) {
    const cells = line.includes("\t") ? line.split("\t") : line.trim().split(/\s+/);
    const [query, document, grade] = (cells.length === 4 ? cells.toSpliced(1, 1) : cells).map(
      (cell) => cell.trim(),
    );
    if ((cells.length !== 3 && cells.length !== 4) || !query || !document || !grade)
      throw new CollectionError("qrels", at, "should have three columns, or TREC's four");
    if (!/^[+-]?\d+(?:\.\d+)?$/.test(grade)) {
      if (at === 1) continue; // the header
      throw new CollectionError("qrels", at, "should end in a grade, which is a number");
    }
    const its = qrels.get(query) ?? new Map<string, number>();
    qrels.set(query, its.set(document, Number(grade)));
  }
  for (const [query, its] of qrels) {
    for (const [document, grade] of its) if (grade <= 0) its.delete(document);
    if (its.size === 0) qrels.delete(query);
  }
  return qrels;
}

/** What is wrong with a line; nothing of what stands in it. */
export class CollectionError extends Error {
  constructor(part: "corpus" | "queries" | "qrels", line: number, what: string) {
    super(`${part}, line ${line}: ${what}`);
    this.name = "CollectionError";
  }
}

/** @param made of a line, or what it lacks */
function withIds<Line extends { id: string | undefined }, T>(
  part: "corpus" | "queries",
  jsonl: string,
  schema: z.ZodType<Line>,
  made: (line: Line, id: string) => T | string,
): T[] {
  const seen = new Set<string>();
  return Array.from(linesOf(jsonl), ([at, json]) => {
    const read = schema.safeParse(parsed(part, at, json));
    if (!read.success) {
      const { path, message } = read.error.issues[0] ?? { path: [], message: "is not an object" };
      throw new CollectionError(part, at, `${path.join(".") || "it"}: ${message}`);
    }
    if (read.data.id === undefined) throw new CollectionError(part, at, "has no id");
    if (seen.has(read.data.id))
      throw new CollectionError(part, at, "has an id that was there before");
    seen.add(read.data.id);
    const one = made(read.data, read.data.id);
    if (typeof one === "string") throw new CollectionError(part, at, `has no ${one}`);
    return one;
  });
}

function parsed(part: "corpus" | "queries", at: number, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new CollectionError(part, at, "is not JSON");
    throw cause;
  }
}

/** Lines that are not blank, with their numbers from 1. */
function* linesOf(text: string): Generator<[number, string]> {
  let at = 0;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    at++;
    if (line.trim() !== "") yield [at, line];
  }
}
