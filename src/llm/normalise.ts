// One pure step between a conversation's history and any vendor: after it, messages alternate, are
// well-formed, none is empty, and the last is the user's.
import type { ModelMessage, ModelRequest } from "./provider.ts";

export function normalise(messages: readonly ModelMessage[]): ModelMessage[] {
  const turns: ModelMessage[] = [];
  for (const { role, content } of messages) {
    const text = content.toWellFormed();
    if (text.trim() === "") continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content += `\n\n${text}`;
    else if (role !== "tool") turns.push({ role, content: text });
  }
  // An answer whose question fell out of the window would open the history.
  while (turns[0]?.role === "assistant") turns.shift();
  return turns;
}

/**
 * The messages to send for `request`: where it continues an answer that broke off, what there is of
 * it is carried in a user turn with an instruction, since vendors refuse prefilled answers.
 */
export function messagesOf(request: Pick<ModelRequest, "messages" | "continues">): ModelMessage[] {
  if (request.continues === undefined) return request.messages;
  return normalise([...request.messages, { role: "user", content: goOn(request.continues) }]);
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
