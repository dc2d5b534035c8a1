// Messages as `useChat` takes them to begin with: what it would have of them, had it been there.
import type { Message, Part } from "./message.ts";
import {
  callChunk,
  citedIn,
  type Chunk,
  endOf,
  isResult,
  metadataOf,
  noticesIn,
  resultChunk,
  type ToolResult,
} from "./ui-stream.ts";

type UiPart = { type: string } & Record<string, unknown>;
type UiMessage = {
  id: string;
  role: "user" | "assistant";
  metadata: Record<string, unknown>;
  parts: UiPart[];
};

/**
 * The messages of a branch, oldest first. What tools returned stands in the message that called them, and
 * what was answered to it goes on there. What is still being written is left out: a stream brings it.
 */
export function uiMessagesOf(messages: readonly Message[]): UiMessage[] {
  const shown: UiMessage[] = [];
  /** The message whose tools have returned, until it is gone on with. */
  let called: UiMessage | undefined;
  for (const message of messages) {
    const { id, role, parts, status } = message;
    if (status === "running" || status === "deleted") continue;
    if (role === "user") {
      const results = parts.filter(isResult);
      const before = shown.at(-1);
      called = results.length > 0 && before?.role === "assistant" ? before : undefined;
      for (const result of results) putResult(called, result);
      const said = parts.flatMap(partOf);
      if (said.length > 0) shown.push({ id, role, metadata: message.metadata, parts: said });
    } else if (role === "assistant") {
      const metadata = { ...idsOf(message), ...endOf(message) };
      const told = answerParts(message);
      if (called === undefined) shown.push({ id, role, metadata, parts: told });
      else {
        called.parts.push(...told);
        called.metadata = { ...called.metadata, ...metadata };
      }
      called = undefined;
    }
  }
  return shown;
}

const idsOf = ({ id, conversation_id, turn_id, parent_id }: Message) =>
  metadataOf({ conversation_id, turn_id, message_id: id, question_id: parent_id });

function answerParts(message: Message): UiPart[] {
  return [
    { type: "step-start" },
    ...citedIn(message),
    ...message.parts.flatMap(partOf),
    ...noticesIn(message),
  ];
}

function partOf(part: Part): UiPart[] {
  switch (part.type) {
    case "text":
    case "reasoning":
      return [{ type: part.type, text: part.text, state: "done" }];
    case "image":
      return [{ type: "file", mediaType: typeOf(part.url), url: part.url }];
    case "tool_call":
      return [toolPart(callChunk(part))];
    case "tool_result":
      return [];
  }
}

function toolPart({ type, toolName, ...call }: Chunk): UiPart {
  const state = type === "tool-input-error" ? "output-error" : "input-available";
  return { ...call, type: `tool-${String(toolName)}`, state };
}

function putResult(message: UiMessage | undefined, result: ToolResult): void {
  const part = message?.parts.find(({ toolCallId }) => toolCallId === result.tool_call_id);
  if (part === undefined) return;
  const { type, ...returned } = resultChunk(result);
  delete part["errorText"]; // of a call whose arguments were none
  Object.assign(part, returned, { state: type.replace("tool-", "") });
}

const typeOf = (url: string) => /^data:([^;,]+)/.exec(url)?.[1] ?? "image/*";
