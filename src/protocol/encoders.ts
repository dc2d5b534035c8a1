// Every wire format that a stream of events may be asked in.
import { chunkEncoder, type ChunksFormat } from "./openai/chat-answer.ts";
import { responseEncoder, type ResponseFormat } from "./openai/response-stream.ts";
import { type Encoder, encodeSse } from "./sse.ts";
import { encodeSeed003Frame } from "./seed003-ws.ts";

export const encoders = {
  sse: encodeSse,
  /** One JSON frame a line, for `/ws/chat`. */
  "seed003-ws": encodeSeed003Frame,
} as const satisfies Record<string, Encoder>;

export type EncoderName = keyof typeof encoders;

/** A format that says things of its request, or remembers what it told: each reader's is its own. */
export type ReaderFormat = ChunksFormat | ResponseFormat;

export function encoderFor(format: ReaderFormat): Encoder {
  return format.name === "openai-chunks" ? chunkEncoder(format) : responseEncoder(format);
}
