// An answer that goes on after tools returned is one message of its page. Whoever follows it from its beginning is
// told of what was before, too: the steps of the message, as chunks.
import type { Message } from "./message.ts";
import {
  callChunk,
  type Chunk,
  citedIn,
  isResult,
  noticesIn,
  resultChunk,
  type UiFormat,
} from "./ui-stream.ts";

/** @param steps answers, each with what its tools returned, oldest first */
export function stepsBefore(steps: readonly Message[]): UiFormat["before"] {
  const first = steps.find(({ role }) => role === "assistant");
  return first === undefined
    ? undefined
    : { message_id: first.id, chunks: steps.flatMap(chunksOf) };
}

function chunksOf(message: Message): Chunk[] {
  const { id, role, parts } = message;
  if (role !== "assistant") return parts.filter(isResult).map(resultChunk);
  return [
    { type: "start-step" },
    ...citedIn(message),
    ...parts.flatMap((part, at) => partChunks(part, `${id}-${at}`)),
    ...noticesIn(message),
    { type: "finish-step" },
  ];
}

function partChunks(part: Message["parts"][number], id: string): Chunk[] {
  switch (part.type) {
    case "text":
    case "reasoning":
      return [
        { type: `${part.type}-start`, id },
        { type: `${part.type}-delta`, id, delta: part.text },
        { type: `${part.type}-end`, id },
      ];
    case "tool_call": {
      const chunk = callChunk(part);
      if (chunk.type === "tool-input-error") return [chunk];
      // Its input as it streams: a page that is told that it is there would run the tool again.
      const { id: toolCallId, name: toolName, arguments: text } = part;
      return [
        { type: "tool-input-start", toolCallId, toolName },
        { type: "tool-input-delta", toolCallId, inputTextDelta: text === "" ? "{}" : text },
      ];
    }
    case "image":
    case "tool_result":
      return [];
  }
}
