// JSON and JSON Lines, as lines that are read: `address.city: Graz`. Each element of the outermost lists of objects is a
// paragraph of its own, its paths beginning with itself.
import { LoadError, NO_FACTS } from "../blocks.ts";
import { Collected, shown } from "./collected.ts";
import { charsetOf, textOf } from "./encoding.ts";
import type { Readable, Told } from "./readable.ts";

/** Lists and objects: each takes some 50 bytes of memory, however little is in it. */
const MOST_CONTAINERS = 400_000;
/** Levels that a path tells; what is deeper is listed under the deepest that is told. */
const DEEPEST = 32;
/** UTF-16 units of a name in a path. */
const LONGEST_NAME = 100;
/** UTF-16 units of a list of plain values that stands on one line. */
const LONGEST_LIST = 300;
/** UTF-16 units after which a paragraph ends. */
const PARAGRAPH = 1_500;

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;
type Branch = { path: string; value: unknown; depth: number };

export async function readJson({ bytes, hints, limits }: Readable): Promise<Told> {
  const into = new Collected(limits);
  const text = textOf(bytes, charsetOf(hints.type), limits);
  let containers = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x7b || unit === 0x5b) containers++;
  }
  if (containers > MOST_CONTAINERS)
    throw new LoadError("too_large", `more than ${shown(MOST_CONTAINERS)} lists and objects`);
  const whole = parsed(text);
  if (whole === undefined) readLines(text, into);
  else if (Array.isArray(whole)) readRecords(whole, into);
  else {
    const lists: { path: string; list: readonly unknown[] }[] = [];
    paragraphs(linesOf(whole, lists), into);
    for (const { path, list } of lists) {
      into.heading(1, path);
      readRecords(list, into);
    }
  }
  return { facts: NO_FACTS, pages: null, blocks: into.blocks };
}

/** @throws {LoadError} corrupt, with the first line that is none */
function readLines(text: string, into: Collected): void {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const value = parsed(line);
    if (value === undefined) throw new LoadError("corrupt", `not JSON at line ${index + 1}`);
    paragraphs(linesOf(value), into);
  }
}

function readRecords(list: readonly unknown[], into: Collected): void {
  let plain: string[] = [];
  for (const value of list) {
    if (!isContainer(value)) {
      plain.push(shownValue(value));
      continue;
    }
    paragraphs(plain, into);
    plain = [];
    paragraphs(linesOf(value), into);
  }
  paragraphs(plain, into);
}

/** As few paragraphs as hold the lines. */
function paragraphs(lines: Iterable<string>, into: Collected): void {
  let paragraph: string[] = [];
  let units = 0;
  for (const line of lines) {
    if (units > 0 && units + line.length > PARAGRAPH) {
      into.add("paragraph", paragraph.join("\n"));
      paragraph = [];
      units = 0;
    }
    paragraph.push(line);
    units += line.length;
  }
  into.add("paragraph", paragraph.join("\n"));
}

/**
 * A line for each plain value, in order. Without recursion: nesting costs memory alone.
 * @param lists takes the lists of objects, which then are not walked into
 */
function* linesOf(
  root: unknown,
  lists?: { path: string; list: readonly unknown[] }[],
): Generator<string> {
  const open: Branch[] = [{ path: "", value: root, depth: 0 }];
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { path, value, depth } = branch;
    if (!isContainer(value)) {
      const text = shownValue(value);
      if (text !== "") yield path === "" ? text : `${path}: ${text}`;
      continue;
    }
    if (Array.isArray(value)) {
      if (lists !== undefined && value.some((each) => isContainer(each) && !Array.isArray(each))) {
        lists.push({ path, list: value });
        continue;
      }
      const line = value.some(isContainer) ? null : value.map(shownValue).join(", ");
      if (line !== null && line.length <= LONGEST_LIST) {
        if (line !== "") yield path === "" ? line : `${path}: ${line}`;
        continue;
      }
    }
    for (const [name, child] of Object.entries(value).toReversed())
      open.push({ path: below(path, name, value, depth), value: child, depth: depth + 1 });
  }
}

function below(path: string, name: string, container: Container, depth: number): string {
  if (depth >= DEEPEST) return path;
  if (Array.isArray(container)) return `${path}[${name}]`;
  const short = name.slice(0, LONGEST_NAME).replaceAll(/\s+/g, " ");
  return path === "" ? short : `${path}.${short}`;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The value, or undefined where it is no JSON. Numbers of more digits than a number holds stay as written. */
function parsed(text: string): unknown {
  const exact = /\d{16}/.test(text)
    ? text.replaceAll(/"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
        token.length > 15 && !token.startsWith('"') ? `"${token}"` : token,
      )
    : text;
  try {
    return JSON.parse(exact);
  } catch {
    return undefined;
  }
}
