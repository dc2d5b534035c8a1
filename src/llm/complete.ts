// A whole answer at once: the fold over a stream.
import { ProviderError } from "./errors.ts";
import type { Finish, ModelRequest } from "./provider.ts";
import type { AnswerEvent } from "./seam.ts";
import { messagesOf } from "./normalise.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "./tokens.ts";

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

/** About how many tokens a request has, the partial answer that it goes on from included. */
export function promptTokens(
  request: Pick<ModelRequest, "system" | "messages" | "continues">,
): number {
  const sent = [request.system ?? "", ...messagesOf(request).map(({ content }) => content)];
  return sent.reduce((sum, text) => sum + estimateTokens(text) + MESSAGE_OVERHEAD, 0);
}
