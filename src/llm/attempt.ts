// One attempt at one model: bounded in time, and written down however it ends.
import type { Meter } from "./calls.ts";
import { promptTokens } from "./complete.ts";
import { type Patience, withDeadline } from "./deadline.ts";
import { ProviderError } from "./errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "./provider.ts";

/** @throws {ProviderError} what the provider throws, `timeout`; the signal's reason where that ended it */
export async function* attempt(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal,
  meter: Meter,
  patience: Patience,
): AsyncGenerator<ModelEvent> {
  const call = meter.begin({
    purpose: request.purpose,
    provider: provider.id,
    model: request.model,
    images: picturesIn(request),
    prompt: () => promptTokens(request),
  });
  /** Characters of arguments that were counted as they came: their calls, once whole, repeat them. */
  let counted = 0;
  try {
    for await (const event of withDeadline(provider, request, signal, patience)) {
      if (event.type === "progress") {
        if (event.arguments !== "") call.said(event.arguments);
        counted += event.arguments.length;
        continue;
      }
      if (event.type === "text" || event.type === "reasoning") call.said(event.text);
      else if (event.type === "tool_call.started") call.said(event.name);
      else if (event.type === "tool_call") {
        const { arguments: json } = event.call;
        const known = Math.min(counted, json.length);
        counted -= known;
        call.said(json.slice(known));
      } else if (event.type === "finish") call.end({ outcome: "completed", usage: event.usage });
      yield event;
    }
  } catch (thrown) {
    if (thrown instanceof ProviderError && !signal.aborted)
      call.end({ outcome: "failed", error: thrown.kind });
    throw thrown;
  } finally {
    call.end({ outcome: "cancelled" }); // unless it has ended: whoever listened has left
  }
}

function picturesIn({ messages }: ModelRequest): number {
  return messages.reduce(
    (sum, message) => sum + (message.role === "user" ? (message.images?.length ?? 0) : 0),
    0,
  );
}
