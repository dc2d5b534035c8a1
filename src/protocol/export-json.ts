// Conversations as JSON, to be read by programs: by Edgewise again. Valid however it ends.
import type { ConversationDetail } from "./conversation.ts";
import type { Message } from "./message.ts";
import { FORMAT, VERSION } from "./transfer.ts";

/** What could not be read, or not to its end; `id` is null for all that would have followed. */
export type Incomplete = { id: string | null; reason: string };

/** What an export is made of, in this order: each conversation, its messages page by page, its end. */
export type Exported =
  | { type: "conversation"; conversation: ConversationDetail }
  | { type: "messages"; messages: readonly Message[] }
  | { type: "end" }
  | ({ type: "incomplete" } & Incomplete);

export async function* exportJson(
  exported: AsyncIterable<Exported>,
  exported_at: string,
): AsyncGenerator<string> {
  const incomplete: Incomplete[] = [];
  let conversations = 0;
  let messages = 0;
  yield `{"format":"${FORMAT}","version":${VERSION},"exported_at":"${exported_at}","conversations":[`;
  for await (const it of exported)
    switch (it.type) {
      case "conversation": {
        const detail = JSON.stringify(it.conversation).slice(0, -1);
        yield `${conversations++ === 0 ? "" : ","}\n${detail},"messages":[`;
        messages = 0;
        break;
      }
      case "messages": {
        if (it.messages.length === 0) break;
        const texts = it.messages.map((message) => JSON.stringify(fieldsOf(message)));
        yield `${messages === 0 ? "" : ","}\n${texts.join(",\n")}`;
        messages += texts.length;
        break;
      }
      case "end":
        yield "]}";
        break;
      case "incomplete":
        incomplete.push({ id: it.id, reason: it.reason });
        break;
    }
  yield `\n],"incomplete":${JSON.stringify(incomplete)}}\n`;
}

/** A message without what its conversation and its neighbours say. */
function fieldsOf(message: Message) {
  const { conversation_id: _conversation, sibling_ids: _siblings, ...fields } = message;
  return fields;
}
