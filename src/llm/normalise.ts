// One pure step between a conversation's history and any vendor: after it, messages alternate, are
// well-formed, none is empty, every call of a tool has its result right after it and every result its
// call, and the last is the user's or a tool's.
import type { ToolCall } from "../protocol/tool.ts";
import type { ModelMessage, ModelRequest, Picture } from "./provider.ts";

type UserMessage = Extract<ModelMessage, { role: "user" }>;
type AssistantMessage = Extract<ModelMessage, { role: "assistant" }>;

/** @param opening what becomes of answers before the first question: where that fell out of a window they say nothing */
export function normalise(
  messages: readonly ModelMessage[],
  opening: "kept" | "dropped",
): ModelMessage[] {
  const turns: ModelMessage[] = [];
  for (const [at, message] of messages.entries()) {
    const content = message.content.toWellFormed();
    const last = turns.at(-1);
    if (message.role === "tool") {
      if (awaits(turns, message.tool_call_id)) turns.push({ ...message, content });
    } else if (message.role === "user") {
      if (content.trim() === "" && (message.images ?? []).length === 0) continue;
      if (last?.role === "user" && last.name === message.name) join(last, content, message.images);
      else turns.push(withImages(named({ role: "user", content }, message.name), message.images));
    } else {
      const calls = answered(message.tool_calls ?? [], messages, at);
      if (content.trim() === "" && calls.length === 0) continue;
      if (last?.role === "assistant") joinAnswer(last, content, calls);
      else turns.push(withCalls({ role: "assistant", content }, calls));
    }
  }
  if (opening === "dropped")
    while (turns[0] !== undefined && turns[0].role !== "user") turns.shift();
  return turns;
}

/** A call that nobody answered (a turn that was cancelled) is refused by every vendor. */
function answered(
  calls: readonly ToolCall[],
  messages: readonly ModelMessage[],
  at: number,
): ToolCall[] {
  const known = new Set<string>();
  for (let next = at + 1; messages[next]?.role === "tool"; next++) {
    const result = messages[next];
    if (result?.role === "tool") known.add(result.tool_call_id);
  }
  return calls.filter(({ id }) => known.has(id));
}

/** Whether the answer before asked for this result, and has not got it yet. */
function awaits(turns: readonly ModelMessage[], id: string): boolean {
  const at = turns.findLastIndex(({ role }) => role !== "tool");
  const caller = turns[at];
  if (caller?.role !== "assistant") return false;
  const known = turns.slice(at + 1).some((it) => it.role === "tool" && it.tool_call_id === id);
  return !known && (caller.tool_calls ?? []).some((call) => call.id === id);
}

/** Pictures stay where they stood. */
function join(last: UserMessage, content: string, images: UserMessage["images"] = []): void {
  const whole = joined(last.content, content);
  const start = Math.max(0, whole.length - content.length);
  withImages(last, [
    ...(last.images ?? []).map((one) => placed(one, one.at ?? last.content.length)),
    ...images.map((one) => placed(one, start + (one.at ?? content.length))),
  ]);
  last.content = whole;
}

export const placed = ({ url, detail }: Picture, at: number): Picture => ({ url, detail, at });

function named(message: UserMessage, name: string | undefined): UserMessage {
  if (name !== undefined) message.name = name;
  return message;
}

function joinAnswer(last: AssistantMessage, content: string, calls: ToolCall[]): void {
  last.content = joined(last.content, content);
  withCalls(last, [...(last.tool_calls ?? []), ...calls]);
}

const joined = (left: string, right: string) =>
  [left, right].filter((text) => text.trim() !== "").join("\n\n");

function withImages(message: UserMessage, images: UserMessage["images"]): UserMessage {
  if (images !== undefined && images.length > 0) message.images = images;
  return message;
}

function withCalls(message: AssistantMessage, calls: ToolCall[]): AssistantMessage {
  if (calls.length > 0) message.tool_calls = calls;
  return message;
}

/**
 * The messages to send for `request`: where it continues an answer that broke off, what there is of
 * it is carried in a user turn with an instruction, since vendors refuse prefilled answers.
 */
export function messagesOf(request: Pick<ModelRequest, "messages" | "continues">): ModelMessage[] {
  if (request.continues === undefined) return request.messages;
  const going: ModelMessage = { role: "user", content: goOn(request.continues) };
  return normalise([...request.messages, going], "kept");
}

function goOn(partial: string): string {
  return [
    "Your answer to the message above broke off. This much of it has reached the reader:",
    "<partial_answer>",
    partial,
    "</partial_answer>",
    "Go on exactly where it ends, in the middle of a word if need be. Do not repeat any of it, do not comment on the interruption.",
  ].join("\n");
}
