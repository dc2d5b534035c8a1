// A conversation's messages, in the form that models are sent.
import { isTaken, type Takes } from "../llm/pictures.ts";
import type { ModelMessage, Picture } from "../llm/provider.ts";
import { begins, type Said } from "../memory/said.ts";
import { costOf } from "../memory/window.ts";
import type { Part } from "../protocol/message.ts";

/** `parts` where it has more than its text; `tokens`, then: its text does not tell them. */
export type SaidParts = Said & { parts?: readonly Part[]; tokens?: number };

/** Pictures of the history that are sent again, the newest first. */
export const MOST_PICTURES = 4;
const LEFT_OUT = "(A picture that was sent here before is left out.)";

/**
 * Oldest first.
 * @param takes which pictures the model takes; `unseen` is how many it does not
 */
export function historyOf(
  said: readonly SaidParts[],
  takes: Takes,
): { messages: ModelMessage[]; unseen: number } {
  const fits = (part: Part) => part.type !== "image" || isTaken(part, takes);
  let pictures = 0;
  let unseen = 0;
  for (const part of said.flatMap(({ parts = [] }) => parts))
    if (!fits(part)) unseen += 1;
    else if (part.type === "image") pictures += 1;
  const messages = said.flatMap(({ parts, ...rest }) => {
    if (parts === undefined) return messagesFrom(rest);
    const kept = parts.map((part): Part => {
      if (part.type !== "image") return part;
      const left = !fits(part) || pictures-- > MOST_PICTURES;
      return left ? { type: "text", text: LEFT_OUT } : part;
    });
    return messagesFrom({ ...rest, parts: kept });
  });
  return { messages, unseen };
}

/** One message in full. */
export function messagesFrom({ role, content, parts }: SaidParts): ModelMessage[] {
  if (parts === undefined) return [{ role, content }];
  return role === "user" ? asked(parts) : [answered(parts)];
}

/**
 * Where `question` brings what tools returned: what leads to it, back to what somebody said, without which
 * no model takes it.
 * @param newestFirst read no further than that, or than `most` real tokens
 */
export function chainTo(
  question: readonly Part[],
  newestFirst: Iterable<SaidParts>,
  most: number,
  ratio: number,
): { chain: SaidParts[]; tokens: number; earlier: Iterable<SaidParts> } {
  const chain: SaidParts[] = [];
  let tokens = 0;
  const reading = newestFirst[Symbol.iterator]();
  if (question.some(({ type }) => type === "tool_result"))
    for (let next = reading.next(); next.done !== true; next = reading.next()) {
      chain.unshift(next.value);
      tokens += costOf(next.value, ratio);
      if (begins(next.value) || tokens > most) break;
    }
  return { chain, tokens, earlier: { [Symbol.iterator]: () => reading } };
}

/**
 * What tools answered comes first: it belongs to the calls right before.
 * @param name who says it, of several
 */
export function asked(parts: readonly Part[], name?: string): ModelMessage[] {
  const messages: ModelMessage[] = [];
  const images: Picture[] = [];
  let content = "";
  for (const part of parts)
    if (part.type === "tool_result")
      messages.push({ role: "tool", tool_call_id: part.tool_call_id, content: part.content });
    else if (part.type === "image")
      images.push({ url: part.url, detail: part.detail, at: content.length });
    else if (part.type === "text") content += part.text;
  if (content !== "" || images.length > 0 || messages.length === 0)
    messages.push({
      role: "user",
      content,
      ...(images.length === 0 ? {} : { images }),
      ...(name === undefined ? {} : { name }),
    });
  return messages;
}

function answered(parts: readonly Part[]): ModelMessage {
  const content = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const tool_calls = parts.flatMap((part) =>
    part.type === "tool_call" ? [{ id: part.id, name: part.name, arguments: part.arguments }] : [],
  );
  return { role: "assistant", content, ...(tool_calls.length === 0 ? {} : { tool_calls }) };
}
