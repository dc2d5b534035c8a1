// A file of conversations, ours or ChatGPT's, as it comes: its conversations one after the other, their
// fields and messages as they stand in it. What they mean is read elsewhere.
import { type Found, JsonWalk } from "./json-walk.ts";
import { FORMAT, VERSION } from "./transfer.ts";

/** Bytes of a field or a message: the longest text, escaped as widely as can be, with room. */
const LARGEST_VALUE = 8 * 1024 * 1024;

export type ImportFormat = "edgewise" | "chatgpt";
export type FileEvent =
  | { type: "conversation"; index: number }
  | { type: "field"; name: string; value: unknown }
  /** @param key under which it stands: in ChatGPT's its id */
  | { type: "message"; key: string; value: unknown }
  | { type: "oversized"; what: "field" | "message"; key: string }
  | { type: "end" }
  | { type: "strange"; index: number };

/** It is JSON, but neither format. */
export class NotOurs extends Error {
  override readonly name = "NotOurs";
}

export class ImportFile {
  format: ImportFormat | null = null;
  readonly #walk: JsonWalk;
  /** Whether something was in it that looks like its format's conversations. */
  #recognised = false;
  #hasAny = false;

  constructor(largest = LARGEST_VALUE) {
    this.#walk = new JsonWalk(opens, largest);
  }

  get bytes(): number {
    return this.#walk.bytes;
  }

  /** @throws BrokenJson, NotOurs */
  *push(bytes: Uint8Array): Generator<FileEvent> {
    for (const found of this.#walk.push(bytes)) yield* this.#said(found);
  }

  /** @throws BrokenJson, NotOurs */
  *end(): Generator<FileEvent> {
    for (const found of this.#walk.end()) yield* this.#said(found);
    if (!this.#recognised && (this.format !== "chatgpt" || this.#hasAny)) throw neither();
  }

  *#said(found: Found): Generator<FileEvent> {
    const [top] = found.path;
    if (top === undefined) {
      if (found.type === "opened") this.format = found.list ? "chatgpt" : "edgewise";
      else if (found.type !== "closed") throw neither();
      return;
    }
    if (typeof top === "number") yield* this.#inside(found, top, found.path.slice(1));
    else if (top !== "conversations") expectOurs(found, top);
    else if (found.path.length === 1) {
      if (!("list" in found) || !found.list) throw neither();
      this.#recognised = true;
    } else yield* this.#inside(found, Number(found.path[1]), found.path.slice(2));
  }

  /** @param path within the conversation */
  *#inside(found: Found, index: number, path: readonly (string | number)[]): Generator<FileEvent> {
    const [name, key] = path;
    this.#hasAny = true;
    if (name === undefined) {
      if (found.type === "opened" && !found.list) yield { type: "conversation", index };
      else if (found.type === "closed") yield* found.list ? [] : [{ type: "end" } as const];
      else {
        yield { type: "strange", index };
      }
    } else if (typeof name === "number") return; // of a list, where a conversation should be
    else if (found.type === "opened" || found.type === "closed") {
      if (name === "mapping") this.#recognised = true;
    } else if (key === undefined) {
      if (found.type === "value") yield { type: "field", name, value: found.value };
      else yield { type: "oversized", what: "field", key: name };
    } else if (found.type === "value")
      yield { type: "message", key: String(key), value: found.value };
    else yield { type: "oversized", what: "message", key: String(key) };
  }
}

function opens(path: readonly (string | number)[]): boolean {
  const [top, ...rest] = path;
  if (top === undefined) return true;
  if (typeof top === "number") return rest.length === 0 || isMessages(rest, "mapping");
  if (top !== "conversations") return false;
  return rest.length < 2 || isMessages(rest.slice(1), "messages");
}

const isMessages = (path: readonly (string | number)[], name: string) =>
  path.length === 1 && path[0] === name;

function expectOurs(found: Found, name: string): void {
  if (found.type !== "value") return;
  if (name === "format" && found.value !== FORMAT) throw neither();
  if (name === "version" && found.value !== VERSION)
    throw new NotOurs(`should have version ${VERSION}: another is not known here`);
}

function neither(): NotOurs {
  return new NotOurs(
    "should be an export of Edgewise (an object with conversations), or ChatGPT's conversations.json (a list of objects with mapping)",
  );
}
