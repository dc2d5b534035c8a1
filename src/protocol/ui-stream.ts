// TurnEvent → the UI message stream of the `ai` package (its docs: AI SDK UI, stream protocol), which its
// `useChat` reads. The protocol has parts that begin and end, so its encoder remembers what is open:
// one for each reader, from a turn's first event on.
import { type ClosingEvent, isClosing, type TurnEvent } from "./events.ts";
import type { Source } from "./knowledge.ts";
import type { FinishReason, Message, Notice } from "./message.ts";
import type { Encoder } from "./sse.ts";
import type { ToolCall } from "./tool.ts";
import { FAILED } from "./ui-request.ts";

/** By which a client knows the protocol, and its version. */
export const UI_STREAM_HEADERS = { "X-Vercel-AI-UI-Message-Stream": "v1" } as const;

export type Chunk = { type: string } & Record<string, unknown>;
type Written = { kind: "text" | "reasoning"; id: string; text: string };
/** What the message has so far, in its order. */
type Part = Written | { kind: "told"; chunk: Chunk };

const FINISH = {
  stop: "stop",
  length: "length",
  content_filter: "content-filter",
  tool_calls: "tool-calls",
  cancelled: "other",
  error: "error",
} as const satisfies Record<FinishReason, string>;

export type UiFormat = {
  name: "ui";
  /** The answer is to what tools returned, which a client shows within the message that called them: then that keeps its id. */
  goesOn: boolean;
  /** Or that message as far as it was: for who is told all of it again. */
  before?: { message_id: string; chunks: Chunk[] } | undefined;
};

export function uiStreamEncoder({ goesOn, before: earlier }: UiFormat): Encoder {
  const parts: Part[] = [];
  const sources = new Set<string>();
  /** A client runs a tool as soon as it hears of it, and could hear of it again: so at the end, once. */
  const calls: ToolCall[] = [];
  let begun = false;
  let open: Written | null = null;
  let written = 0;
  let notices = 0;
  let answer = "";

  const begin = (ids: Ids): Chunk[] => {
    if (begun) return [];
    begun = true;
    answer = ids.message_id;
    const start = { type: "start", messageMetadata: metadataOf(ids) };
    const { message_id: messageId, chunks } = earlier ?? { message_id: answer, chunks: [] };
    return [goesOn ? start : { ...start, messageId }, ...chunks, { type: "start-step" }];
  };

  const close = (): Chunk[] => {
    if (open === null) return [];
    const { kind, id } = open;
    open = null;
    return [{ type: `${kind}-end`, id }];
  };

  const write = (kind: Written["kind"], text: string): Chunk[] => {
    const before: Chunk[] = [];
    if (open?.kind !== kind) {
      before.push(...close());
      written += 1;
      open = { kind, id: `${kind}-${written}`, text: "" };
      parts.push(open);
      before.push({ type: `${kind}-start`, id: open.id });
    }
    open.text += text;
    return [...before, { type: `${kind}-delta`, id: open.id, delta: text }];
  };

  /** Beside what is being written, which goes on. */
  const tell = (chunk: Chunk): Chunk[] => {
    parts.push({ kind: "told", chunk });
    return [chunk];
  };

  /**
   * What is written can only be taken back with all of its step (`reset-step`): so what stays is told
   * anew. What a client does on hearing a part, it has to bear twice, as on a stream that it resumes.
   */
  const rewind = (offset: number): Chunk[] => {
    const kept = keptOf(parts, offset);
    if (kept === null) return [];
    parts.splice(0, parts.length, ...kept);
    open = kept.findLast((part) => part.kind !== "told") ?? null;
    const again: Chunk[] = [];
    for (const part of kept) {
      if (part.kind === "told") again.push(part.chunk);
      else {
        const { kind, id, text } = part;
        again.push({ type: `${kind}-start`, id }, { type: `${kind}-delta`, id, delta: text });
        if (part !== open) again.push({ type: `${kind}-end`, id });
      }
    }
    return [{ type: "reset-step" }, ...again];
  };

  /** A reader who comes when the log is gone hears the end alone: it has the whole message. */
  const complete = ({ content, parts: whole }: Message): Chunk[] => {
    const text = textOf(parts);
    if (text === content) return [];
    if (parts.length > 0) return [...rewind(0), ...write("text", content)];
    return whole.flatMap((part) =>
      part.type === "text" || part.type === "reasoning" ? write(part.type, part.text) : [],
    );
  };

  const end = (event: ClosingEvent): Chunk[] => {
    const { message } = event;
    const said = [
      ...begin({
        ...message,
        turn_id: event.turn_id,
        message_id: message.id,
        question_id: message.parent_id,
      }),
      ...complete(message),
      ...close(),
    ];
    const messageMetadata = endOf(message);
    switch (event.type) {
      case "turn.completed":
        return [
          ...said,
          ...callsOf(message, calls).map(callChunk),
          { type: "finish-step" },
          {
            type: "finish",
            finishReason: FINISH[message.finish_reason ?? "stop"],
            messageMetadata,
          },
        ];
      case "turn.failed":
        return [
          ...said,
          { type: "message-metadata", messageMetadata },
          { type: "error", errorText: event.error.message },
        ];
      case "turn.cancelled":
        return [
          ...said,
          { type: "finish-step" },
          { type: "message-metadata", messageMetadata },
          { type: "abort", reason: "The answer was stopped." },
        ];
    }
  };

  const chunksOf = (event: TurnEvent): Chunk[] => {
    switch (event.type) {
      case "turn.queued":
        return [];
      case "turn.started":
        return begin({ ...event, question_id: event.message?.id ?? null });
      case "text.delta":
        return write("text", event.text);
      case "reasoning.delta":
        return write("reasoning", event.text);
      case "text.rewound":
        return rewind(event.offset);
      case "sources.found": {
        const fresh = event.sources.filter(({ chunk_id }) => !sources.has(chunk_id));
        for (const { chunk_id } of fresh) sources.add(chunk_id);
        return fresh.flatMap((source) => tell(sourceChunk(source)));
      }
      case "tool.called":
        calls.push(event.call);
        return [];
      case "notice":
        notices += 1;
        return tell(noticeChunk(event.notice, answer, notices));
      case "turn.completed":
      case "turn.failed":
      case "turn.cancelled":
        return end(event);
    }
  };

  return (event) => {
    const chunks = chunksOf(event).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
    return chunks.join("") + (isClosing(event) ? "data: [DONE]\n\n" : "");
  };
}

type Ids = {
  conversation_id: string | null;
  turn_id: string;
  message_id: string;
  question_id: string | null;
};

/** By which a client, or its next request, names what it has. */
export const metadataOf = ({ conversation_id, turn_id, message_id, question_id }: Ids) => ({
  conversationId: conversation_id,
  turnId: turn_id,
  messageId: message_id,
  questionId: question_id,
});

export const endOf = ({ tokens_used, model, provider, status, timestamp }: Message) => ({
  model,
  provider,
  status,
  timestamp,
  usage: {
    inputTokens: tokens_used?.prompt ?? 0,
    outputTokens: tokens_used?.completion ?? 0,
    totalTokens: tokens_used?.total ?? 0,
  },
});

const textOf = (parts: readonly Part[]) =>
  parts.map((part) => (part.kind === "text" ? part.text : "")).join("");

/** The parts when the text ends at `offset`; null where it ends there already. */
function keptOf(parts: readonly Part[], offset: number): Part[] | null {
  let left = offset;
  if (textOf(parts).length <= offset) return null;
  const kept: Part[] = [];
  for (const part of parts) {
    if (part.kind !== "text") {
      kept.push(part);
      continue;
    }
    const text = part.text.slice(0, left);
    left -= text.length;
    if (text !== "") kept.push({ ...part, text });
  }
  return kept;
}

/** Of a turn whose log is gone, those that stand in its message. */
const callsOf = ({ parts }: Message, told: readonly ToolCall[]): readonly ToolCall[] =>
  told.length > 0 ? told : parts.filter((part) => part.type === "tool_call");

export function callChunk({ id, name, arguments: text }: ToolCall): Chunk {
  const call = { toolCallId: id, toolName: name };
  try {
    const input: unknown = JSON.parse(text === "" ? "{}" : text);
    return { type: "tool-input-available", ...call, input };
  } catch {
    const errorText = "The arguments of this call are no JSON.";
    return { type: "tool-input-error", ...call, input: text, errorText };
  }
}

export type ToolResult = Extract<Message["parts"][number], { type: "tool_result" }>;

export const isResult = (part: Message["parts"][number]): part is ToolResult =>
  part.type === "tool_result";

/** What a tool returned, as its page had it. */
export function resultChunk({ tool_call_id: toolCallId, content, returned }: ToolResult): Chunk {
  if (returned === "error")
    return { type: "tool-output-error", toolCallId, errorText: content.replace(FAILED, "") };
  return { type: "tool-output-available", toolCallId, output: outputOf(content, returned) };
}

/** Where nobody said what it was: JSON, where it is that. Of nothing null is left. */
function outputOf(content: string, returned: ToolResult["returned"]): unknown {
  if (returned === "text") return content;
  if (content === "") return returned === "json" ? null : content;
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/** Of an answer that is there. */
export const noticesIn = ({ id, notices }: Pick<Message, "id" | "notices">): Chunk[] =>
  notices.map((notice, at) => noticeChunk(notice, id, at + 1));

/** A page keeps one part under an id: in a message of several answers each has its own. */
const noticeChunk = (notice: Notice, message_id: string, n: number): Chunk => ({
  type: "data-notice",
  id: `notice-${message_id}-${n}`,
  data: notice,
});

type Cited = Pick<
  Source,
  "number" | "chunk_id" | "document_id" | "document_name" | "title" | "page" | "text"
>;

/** A document that came from an address is named by it, unless it was named otherwise. */
function sourceChunk(source: Cited): Chunk {
  const { number, chunk_id, document_id, document_name, page, text } = source;
  const title = source.title ?? document_name;
  const providerMetadata = { edgewise: { number, document_id, page, text } };
  return /^https?:\/\//.test(document_name)
    ? { type: "source-url", sourceId: chunk_id, url: document_name, title, providerMetadata }
    : {
        type: "source-document",
        sourceId: chunk_id,
        mediaType: "text/plain", // of the passage, which is what is cited
        title,
        filename: document_name,
        providerMetadata,
      };
}

/** What an answer that is there is from. */
export function citedIn({ citations }: Pick<Message, "citations">): Chunk[] {
  const cited = new Map(citations.map((citation) => [citation.chunk_id, citation]));
  return [...cited.values()].map(({ quote, ...citation }) =>
    sourceChunk({ ...citation, text: quote }),
  );
}
