// Calls of tools, gathered from the pieces in which vendors send them: by index or by id, ids missing
// or repeated, arguments in fragments, whole, or as an object.
import { LONGEST_ARGUMENTS, toolCallSchema, type ToolCall } from "../../../protocol/tool.ts";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent } from "../../provider.ts";

/** Calls of one answer: as many as there may be tools. A model that begins more does not come to an end. */
const MOST_CALLS = 128;

export type Fragment = {
  index?: number | undefined;
  id?: string | null | undefined;
  name?: string | null | undefined;
  /** JSON text to be added, or the whole as an object. */
  arguments?: unknown;
};

type Open = { index: number | undefined; id: string | undefined; name: string; json: string };

export class ToolCalls {
  readonly #provider: string;
  /** Begins the ids of calls to which the vendor gave none: no other answer's. */
  readonly #mark: string;
  readonly #calls: Open[] = [];
  /** JSON text of arguments that came since it was last taken. */
  #fresh = "";

  constructor(provider: string, mark: string) {
    this.#provider = provider;
    this.#mark = mark;
  }

  get some(): boolean {
    return this.#calls.length > 0;
  }

  /**
   * What is told of a piece: that a call begins.
   * @throws {ProviderError} `malformed` without a name; for arguments or calls beyond measure, which are the
   * model's for this request, and no failure of its provider's
   */
  add(fragment: Fragment): ModelEvent[] {
    const known = this.#continued(fragment);
    if (known !== undefined) {
      this.#append(known, fragment.arguments);
      return [];
    }
    const name = fragment.name ?? "";
    if (name === "") throw new ProviderError("malformed", this.#provider, { cause: fragment });
    if (this.#calls.length === MOST_CALLS)
      throw this.#beyondMeasure(`more than ${MOST_CALLS} calls`);
    const open = {
      index: fragment.index,
      id: fragment.id ?? undefined,
      name,
      json: "",
    };
    this.#calls.push(open);
    this.#append(open, fragment.arguments);
    return [{ type: "tool_call.started", id: this.#idOf(open), name }];
  }

  #append(open: Open, given: unknown): void {
    const json = jsonOf(given);
    open.json += json;
    this.#fresh += json;
    if (open.json.length > LONGEST_ARGUMENTS)
      throw this.#beyondMeasure(`more than ${LONGEST_ARGUMENTS} characters of arguments`);
  }

  #beyondMeasure(cause: string): ProviderError {
    return new ProviderError("malformed", this.#provider, { blames: "request", cause });
  }

  /** The JSON text of arguments, of whichever call, that came since it was last taken. */
  take(): string {
    const fresh = this.#fresh;
    this.#fresh = "";
    return fresh;
  }

  /** The call that a piece goes on with; undefined where it begins one. */
  #continued({ index, id, name }: Fragment): Open | undefined {
    const known =
      index !== undefined
        ? this.#calls.findLast((call) => call.index === index)
        : typeof id === "string" && id !== ""
          ? this.#calls.find((call) => call.id === id)
          : this.#calls.at(-1);
    if (known === undefined) return undefined;
    const named = typeof name === "string" && name !== "";
    // Some send every call of several whole, all with the same index.
    if (named && typeof id === "string" && id !== "" && known.id !== id) return undefined;
    if (named && index === undefined && (id ?? "") === "") return undefined;
    return known;
  }

  /**
   * The whole calls, in the order in which they began.
   * @param cut whether the answer ended for length: then a call that is not whole is left out
   * @throws {ProviderError} `malformed` for one whose arguments are no JSON object: the model wrote them,
   * or a `stop` of the caller's cut them, so the provider is not to blame
   */
  whole(cut: boolean): ToolCall[] {
    return this.#calls.flatMap((open) => {
      const json = open.json.trim() === "" ? "{}" : open.json;
      const parsed = isObject(json)
        ? toolCallSchema.safeParse({ id: this.#idOf(open), name: open.name, arguments: json })
        : null;
      if (parsed?.success === true) return [parsed.data];
      if (cut) return [];
      throw new ProviderError("malformed", this.#provider, {
        blames: "request",
        cause: parsed?.error ?? open,
      });
    });
  }

  #idOf(open: Open): string {
    const { id } = open;
    if (id !== undefined && id !== "" && id.length <= 200) return id;
    return `call_${this.#mark}_${this.#calls.indexOf(open)}`;
  }
}

function jsonOf(given: unknown): string {
  if (given === undefined || given === null) return "";
  return typeof given === "string" ? given : JSON.stringify(given);
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
