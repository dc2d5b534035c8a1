// A whole answer at once: the fold over a stream, with its usage estimated where the vendor told none.
import type { Usage } from "../protocol/message.ts";
import { ProviderError } from "./errors.ts";
import type { ModelEvent, ModelRequest } from "./provider.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "./tokens.ts";

export type Completion = {
  text: string;
  usage: Usage;
  /** Whether `usage` is our estimate. */
  estimated: boolean;
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
  let reasoning = "";
  let finish: Extract<ModelEvent, { type: "finish" }> | undefined;
  for await (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "reasoning") reasoning += event.text;
    else if (event.type === "finish") finish = event;
  }
  if (finish === undefined) throw new ProviderError("interrupted", from, { model: request.model });
  const { usage, reason } = finish;
  return {
    text,
    usage: usage ?? estimateUsage(request, text + reasoning),
    estimated: usage === undefined,
    reason: reason.unified,
  };
}

/** What a request and what it was answered come to, about. */
export function estimateUsage(
  request: Pick<ModelRequest, "system" | "messages">,
  answer: string,
): Usage {
  const sent = [request.system ?? "", ...request.messages.map(({ content }) => content)];
  const prompt = sent.reduce((sum, text) => sum + estimateTokens(text) + MESSAGE_OVERHEAD, 0);
  const completion = estimateTokens(answer);
  return { prompt, completion, total: prompt + completion };
}
