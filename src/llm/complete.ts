// A whole answer at once: the fold over a stream.
import { ProviderError } from "./errors.ts";
import type { ModelEvent, ModelRequest } from "./provider.ts";
import { messagesOf } from "./normalise.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "./tokens.ts";

export type Completion = {
  text: string;
  reason: Extract<ModelEvent, { type: "finish" }>["reason"]["unified"];
};

/**
 * @param from whom it is, for the error
 * @throws {ProviderError} what the stream throws; `interrupted` where it ends without a finish
 */
export async function completionOf(
  events: AsyncIterable<ModelEvent>,
  request: ModelRequest,
  from: string,
): Promise<Completion> {
  let text = "";
  let finish: Extract<ModelEvent, { type: "finish" }> | undefined;
  for await (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "finish") finish = event;
  }
  if (finish === undefined) throw new ProviderError("interrupted", from, { model: request.model });
  return { text, reason: finish.reason.unified };
}

/** About how many tokens a request has, the partial answer that it goes on from included. */
export function promptTokens(
  request: Pick<ModelRequest, "system" | "messages" | "continues">,
): number {
  const sent = [request.system ?? "", ...messagesOf(request).map(({ content }) => content)];
  return sent.reduce((sum, text) => sum + estimateTokens(text) + MESSAGE_OVERHEAD, 0);
}
