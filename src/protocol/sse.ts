// TurnEvent → Server-Sent Events, as seed 003 appendix A has them: token {token, index} and
// complete {finish_reason, total_tokens, …}. Each event carries its position as `id:`.
import { formatPosition, type TurnEvent } from "./events.ts";

export const SSE_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-cache",
  "X-Accel-Buffering": "no",
} as const;

/** A comment that keeps proxies from closing a quiet stream; byte for byte seed 004's. */
export const SSE_HEARTBEAT = ":keep-alive\n\n";

/** An encoder turns an event into text of one wire format; "" where the format has no word for it. */
export type Encoder = (event: TurnEvent) => string;

export const encodeSse: Encoder = (event) => {
  const { name, data } = naming(event);
  return `id: ${formatPosition(event)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
};

function naming(event: TurnEvent): { name: string; data: unknown } {
  switch (event.type) {
    case "turn.queued":
      return {
        name: "queued",
        data: { turn_id: event.turn_id, conversation_id: event.conversation_id },
      };
    case "turn.started":
      return {
        name: "start",
        data: {
          turn_id: event.turn_id,
          conversation_id: event.conversation_id,
          message_id: event.message_id,
        },
      };
    case "text.delta":
      return { name: "token", data: { token: event.text, index: event.index } };
    case "text.rewound":
      return { name: "rewind", data: { offset: event.offset } };
    case "reasoning.delta":
      return { name: "reasoning", data: { token: event.text } };
    case "sources.found":
      return { name: "sources", data: { sources: event.sources } };
    case "tool.called":
      return { name: "tool_call", data: event.call };
    case "notice":
      return { name: "notice", data: event.notice };
    case "turn.completed":
      return {
        name: "complete",
        data: {
          finish_reason: event.message.finish_reason,
          total_tokens: event.message.tokens_used?.total ?? 0,
          message: event.message,
        },
      };
    case "turn.failed":
      return { name: "error", data: { error: event.error, message: event.message } };
    case "turn.cancelled":
      return { name: "cancelled", data: { message: event.message } };
  }
}
