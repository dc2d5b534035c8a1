// The citations of an answer, as its message carries them.
import type { Message } from "../protocol/message.ts";
import type { Transcript } from "../protocol/transcript.ts";
import { cite } from "../rag/cite.ts";

export function citationsOf({
  text,
  sources,
}: Pick<Transcript, "text" | "sources">): Message["citations"] {
  return sources.length === 0 ? [] : cite(text, sources).citations;
}
