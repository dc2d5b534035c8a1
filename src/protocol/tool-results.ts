// Whether what tools returned belongs to what a model asked of them: no vendor takes a result without its
// call, or a call that goes on without its result.
import { fail, type Failure } from "../errors.ts";
import type { Part } from "./message.ts";
import type { StatelessBody } from "./send.ts";

/** A result, and which field names its call. */
type Given = { id: string; field: string };

/**
 * What is wrong with the results among `parts`; null where nothing is. Without any, calls stay open: the
 * person went on to something else.
 * @param before of the message that they follow
 */
export function resultsFault(parts: readonly Part[], before: readonly Part[]): Failure | null {
  const given = parts.flatMap((part, at): Given[] =>
    part.type === "tool_result"
      ? [{ id: part.tool_call_id, field: `parts.${at}.tool_call_id` }]
      : [],
  );
  if (given.length === 0) return null;
  const open = before.flatMap((part) => (part.type === "tool_call" ? [part.id] : []));
  return faultIn(given, open, "parts", "Send text alone to leave them open.");
}

/** The same of a history that somebody brings along, which has to be whole. */
export function messagesFault(messages: StatelessBody["messages"]): Failure | null {
  let open: string[] = [];
  let given: Given[] = [];
  let caller = "messages";
  const settle = () =>
    given.length === 0 && open.length === 0
      ? null
      : faultIn(given, open, caller, "Send their results right after it, or leave them out.");
  for (const [at, message] of messages.entries()) {
    if (message.role === "system") continue;
    if (message.role === "tool") {
      given.push({ id: message.tool_call_id, field: `messages.${at}.tool_call_id` });
      continue;
    }
    const fault = settle();
    if (fault !== null) return fault;
    given = [];
    open = message.role === "assistant" ? (message.tool_calls ?? []).map(({ id }) => id) : [];
    caller = `messages.${at}.tool_calls`;
  }
  return settle();
}

/**
 * @param open the calls of the answer before
 * @param whole the field to name where one of them is left open
 * @param remedy what can be done with those
 */
function faultIn(
  given: readonly Given[],
  open: readonly string[],
  whole: string,
  remedy: string,
): Failure | null {
  const calls = [...new Set(open)];
  const refused = (field: string, says: string) =>
    fail("VALIDATION_ERROR", `${field}: ${says}`, { field, open: calls }).failure;
  const named = calls.join(", ");
  const seen = new Set<string>();
  for (const { id, field } of given) {
    if (calls.length === 0)
      return refused(field, "answers no call: the message before it calls no tools. Send text.");
    if (!calls.includes(id))
      return refused(
        field,
        `is no call of the answer before it. Open there: ${named}; answer each of them once.`,
      );
    if (seen.has(id))
      return refused(field, `answers ${id} a second time. Open before it: ${named}; each once.`);
    seen.add(id);
  }
  const left = calls.filter((id) => !seen.has(id));
  if (left.length === 0) return null;
  return fail(
    "VALIDATION_ERROR",
    `${whole}: ${left.join(", ")} ${left.length === 1 ? "has" : "have"} no result; all calls of an answer are answered together. ${remedy}`,
    { field: whole, open: left },
  ).failure;
}
