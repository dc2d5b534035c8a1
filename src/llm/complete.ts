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
  return messagesOf(request).reduce(
    (sum, message) => sum + messageTokens(message),
    weigh(request.system ?? "") + toolTokens(request.tools) + formTokens(request.response_format),
  );
}

/** Of one message, its pictures and calls of tools included. */
export function messageTokens(message: ModelMessage): number {
  const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
  const pictures = message.role === "user" ? (message.images ?? []) : [];
  return calls.reduce(
    (sum, call) => sum + weigh(call.name + call.arguments),
    weigh(message.content) + pictures.length * PICTURE_TOKENS,
  );
}

/** Of the tools that are offered. */
export function toolTokens(tools: ModelRequest["tools"] = []): number {
  return tools.length === 0 ? 0 : weigh(JSON.stringify(tools));
}

/** Of the form that is asked for, where it is one of its own. */
export function formTokens(form: ModelRequest["response_format"]): number {
  return form?.type === "json_schema" ? weigh(JSON.stringify(form.schema)) : 0;
}

const weigh = (text: string) => estimateTokens(text) + MESSAGE_OVERHEAD;
