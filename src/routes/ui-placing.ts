// Where in its conversation goes what a page of `useChat` sends: what it has before tells.
import type { SendPlace } from "../conversation/command.ts";
import { unwrap } from "../errors.ts";
import { contentOf } from "../protocol/message.ts";
import { answerIn, numberIn, toldIn } from "../protocol/ui-known.ts";
import { saidIn, type UiBody } from "../protocol/ui-request.ts";
import type { SendBody } from "../protocol/send.ts";
import type { Earlier } from "../protocol/transfer.ts";
import type { AppContext } from "./context.ts";

export type Placed = {
  send: SendBody;
  place?: SendPlace;
  /** It is what tools returned. */
  returned?: boolean;
  /** What the conversation begins with, which is not there yet. */
  begins?: Earlier[];
  /** The number of the last answer that the page has. */
  seen?: number;
};

/**
 * @param named whether the chat is named as its conversation is: then it was made before
 * @param there whether anything was said in it
 */
export async function placed(
  c: AppContext,
  { id, named, there }: { id: string; named: boolean; there: boolean },
  body: UiBody,
): Promise<Placed> {
  const { messages, trigger } = body;
  const before = messages?.slice(0, -1) ?? [];
  const known = numberIn(id, body.messageId);
  if (trigger === "regenerate-message" && known !== undefined)
    return { send: {}, place: { again: known } };
  const { returned, ...send } = unwrap(saidIn(body));
  if (returned) return { send, returned };
  const told = toldIn(before);
  if (!there && !named) return { send, ...(told.length > 0 ? { begins: told } : {}) };
  if (trigger === "regenerate-message")
    return {
      send,
      place:
        messages === undefined
          ? { againLast: true }
          : { againAfter: await answerBefore(c, id, before, told) },
    };
  if (known !== undefined) return { send, place: { instead: known } };
  const edits = body.messageId !== undefined && body.messageId !== null;
  // An id that the client made says nothing here, but what stands before the message does.
  if (edits && messages !== undefined)
    return { send, place: { after: await answerBefore(c, id, before, told) } };
  const after = answerIn(before, id);
  return { send, ...(after === null ? {} : { seen: after }) };
}

/**
 * The number of the last answer that the page has; null where it has none. Of those that a conversation began
 * with the page has no number: what they say tells.
 */
async function answerBefore(
  c: AppContext,
  id: string,
  before: readonly unknown[],
  told: readonly Earlier[],
): Promise<number | null> {
  const known = answerIn(before, id);
  const last = told.findLast(({ role }) => role === "assistant");
  if (known !== null || last === undefined) return known;
  const { services, principal } = c.var;
  const page = { after: last.seq - 1, limit: 1, to: null };
  const { messages } = unwrap(await services.conversation(id).dump(principal, id, page));
  const [there] = messages;
  const same = there?.seq === last.seq && there.role === "assistant";
  return same && there.content === contentOf(last.parts) ? last.seq : null;
}
