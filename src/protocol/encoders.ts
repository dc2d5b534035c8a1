// Every wire format that a stream of events may be asked in.
import { encodeSeed002 } from "./seed002.ts";
import { encodeSeed003Text, encodeSeed003Typed } from "./seed003-chat.ts";
import { encodeSeed003Frame } from "./seed003-ws.ts";
import { encodeSeed004 } from "./seed004-chat.ts";
import { type Encoder, encodeSse } from "./sse.ts";
import { uiStreamEncoder } from "./ui-stream.ts";

export const encoders = {
  sse: encodeSse,
  /** One JSON frame a line, for `/ws/chat`. */
  "seed003-ws": encodeSeed003Frame,
  seed002: encodeSeed002,
  "seed003-text": encodeSeed003Text,
  "seed003-typed": encodeSeed003Typed,
  seed004: encodeSeed004,
} as const satisfies Record<string, Encoder>;

/** Formats whose encoder remembers what it said: one is made for each reader, who hears all of a turn. */
const remembering = {
  ui: () => uiStreamEncoder(false),
  /** The answer to what tools returned. */
  "ui-on": () => uiStreamEncoder(true),
} as const satisfies Record<string, () => Encoder>;

export type EncoderName = keyof typeof encoders | keyof typeof remembering;

export const remembers = (format: EncoderName): format is keyof typeof remembering =>
  format in remembering;

export const encoderOf = (format: EncoderName): Encoder =>
  remembers(format) ? remembering[format]() : encoders[format];
