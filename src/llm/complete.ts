// A whole answer at once: the fold over a stream.
import { ProviderError } from "./errors.ts";
import type { Finish, ModelMessage, ModelRequest } from "./provider.ts";
import type { AnswerEvent } from "./seam.ts";
import { messagesOf } from "./normalise.ts";
import { estimateTokens, MESSAGE_OVERHEAD, PICTURE_TOKENS } from "./tokens.ts";

export type Completion = { text: string; reason: Finish["reason"]["unified"] };

/** UTF-16 units: whoever says more to a small question does not stop by itself. */
const LONGEST = 200_000;

/**
 * @param from whom it is, for the error
 * @throws {ProviderError} what the stream throws; `interrupted` where it ends without a finish
 */
export async function completionOf(
  events: AsyncIterable<AnswerEvent>,
  request: ModelRequest,
  from: string,
): Promise<Completion> {
  let text = "";
  for await (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "rewind") text = text.slice(0, event.offset);
    else if (event.type === "finish") return { text, reason: event.reason.unified };
    if (text.length > LONGEST) return { text: text.slice(0, LONGEST), reason: "length" };
  }
  throw new ProviderError("interrupted", from, { model: request.model });
}

/** About how many tokens a request has, all that is sent with it included. */
export function promptTokens(
  request: Pick<ModelRequest, "system" | "messages" | "continues"> &
    Pick<Partial<ModelRequest>, "tools" | "response_format">,
): number {
  const { system = "", tools = [], response_format } = request;
  const sent = [system, ...messagesOf(request).flatMap(textsIn)];
  if (tools.length > 0) sent.push(JSON.stringify(tools));
  if (response_format?.type === "json_schema") sent.push(JSON.stringify(response_format.schema));
  const pictures = request.messages.flatMap((it) => (it.role === "user" ? (it.images ?? []) : []));
  return sent.reduce(
    (sum, text) => sum + estimateTokens(text) + MESSAGE_OVERHEAD,
    pictures.length * PICTURE_TOKENS,
  );
}

function textsIn(message: ModelMessage): string[] {
  const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
  return [message.content, ...calls.map((call) => call.name + call.arguments)];
}
