// Every wire format that a stream of events may be asked in.
import { type Encoder, encodeSse } from "./sse.ts";
import { encodeSeed003Frame } from "./seed003-ws.ts";

export const encoders = {
  sse: encodeSse,
  /** One JSON frame a line, for `/ws/chat`. */
  "seed003-ws": encodeSeed003Frame,
} as const satisfies Record<string, Encoder>;

export type EncoderName = keyof typeof encoders;
