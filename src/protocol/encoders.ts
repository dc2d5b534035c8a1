// Every wire format that a stream of events may be asked in.
import { chunkEncoder, type ChunksFormat } from "./openai/chat-answer.ts";
import { responseEncoder, type ResponseFormat } from "./openai/response-stream.ts";
import { encodeSeed002 } from "./seed002.ts";
import { encodeSeed003Typed, type Seed003TextFormat, seed003TextEncoder } from "./seed003-chat.ts";
import { encodeSeed003Frame } from "./seed003-ws.ts";
import { encodeSeed004 } from "./seed004-chat.ts";
import { type Encoder, encodeSse } from "./sse.ts";
import { type UiFormat, uiStreamEncoder } from "./ui-stream.ts";

/** Formats that know nothing but the event: one encoding is for all readers. */
export const encoders = {
  sse: encodeSse,
  /** One JSON frame a line, for `/ws/chat`. */
  "seed003-ws": encodeSeed003Frame,
  seed002: encodeSeed002,
  "seed003-typed": encodeSeed003Typed,
  seed004: encodeSeed004,
} as const satisfies Record<string, Encoder>;

export type EncoderName = keyof typeof encoders;

/** A format that says things of its request, or remembers what it told: each reader's is its own. */
export type ReaderFormat = ChunksFormat | ResponseFormat | Seed003TextFormat | UiFormat;

export type StreamFormat = EncoderName | ReaderFormat;

export function encoderFor(format: StreamFormat): Encoder {
  if (typeof format === "string") return encoders[format];
  switch (format.name) {
    case "openai-chunks":
      return chunkEncoder(format);
    case "openai-response":
      return responseEncoder(format);
    case "seed003-text":
      return seed003TextEncoder();
    case "ui":
      return uiStreamEncoder(format);
  }
}
