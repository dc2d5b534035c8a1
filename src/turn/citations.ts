// The citations of an answer, as its message carries them.
import type { Message } from "../protocol/message.ts";
import type { Transcript } from "../protocol/transcript.ts";
import { cite } from "../rag/cite.ts";

export function citationsOf({
  text,
  sources,
}: Pick<Transcript, "text" | "sources">): Pick<Message, "citations" | "metadata"> {
  if (sources.length === 0) return { citations: [], metadata: {} };
  return { citations: cite(text, sources).citations, metadata: {} };
}
