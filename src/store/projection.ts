// What a conversation tells D1: its projection, what was said, and what people said of it. All of it, or
// nothing; told twice or late it changes nothing.
import type { WebhookEvent } from "../protocol/webhook.ts";
import { type ConversationProjection, upsertConversation } from "./conversations.ts";
import type { Database } from "./database.ts";
import { type FeedbackRow, upsertFeedback } from "./feedback.ts";
import { endedAs, endRequest, endRequests, type RequestEnd, type RequestRow } from "./requests.ts";
import { forgetEvents, type OwnedEvent, recordEvents, unsentOf } from "./webhook-events.ts";
import { deleteTexts, forgetTexts, type IndexedMessage, indexTexts } from "./message-texts.ts";

export type Changes = {
  conversation: ConversationProjection | null;
  /** What was said and is whole. */
  messages: readonly IndexedMessage[];
  /** Ids of messages that are no more. */
  gone: readonly string[];
  feedback: readonly FeedbackRow[];
  /** How requests ended that somebody asks for later. */
  requests: readonly RequestEnd[];
  /** What webhooks hear of it. */
  events: readonly OwnedEvent[];
  /** Ids of events that tell what was erased. */
  unsaid: readonly string[];
};

/**
 * Where the conversation is deleted or archived, what was said in it goes, too: after its row, which
 * keeps what is late from coming in, and some thousand rows a call. Where that is cut off, telling it again goes on.
 * @returns the ids of deliveries to webhooks that nobody has sent yet
 */
export async function projectChanges(
  db: Database,
  changes: Changes,
  now: number,
): Promise<string[]> {
  const { conversation, messages, gone, feedback, requests, events, unsaid } = changes;
  const live = conversation?.deleted_at === null ? conversation : null;
  const [first, ...rest] = [
    ...(conversation === null ? [] : upsertConversation(db, conversation)),
    ...indexTexts(db, live, messages),
    ...forgetTexts(db, gone),
    ...upsertFeedback(db, feedback),
    ...endRequests(db, requests),
    ...recordEvents(db, events, now),
  ];
  if (first !== undefined) await db.batch([first, ...rest]);
  const over = conversation !== null && (live === null || live.status === "archived");
  if (over) await deleteTexts(db, conversation.id, live === null);
  if (over || unsaid.length > 0)
    await forgetEvents(
      db,
      {
        conversation_id: over ? conversation.id : null,
        ids: unsaid,
        // Told before, and not heard: they are told now.
        but: events.map(({ id }) => id),
      },
      now,
    );
  return unsentOf(db, events, now);
}

type UnbegunEnd = { status: "failed" | "cancelled"; error: string; at: number };

/** Ends a request that no turn was made for, and tells whoever waits. @returns undefined where it had ended */
export type EndUnbegun = (
  row: RequestRow,
  end: UnbegunEnd,
  event: WebhookEvent,
) => Promise<RequestRow | undefined>;

/**
 * Ends a request that no turn was made for, and what is told of that, both or neither.
 * @returns the request, undefined where it had ended; and the ids of deliveries that nobody has sent yet
 */
export async function endUnbegun(
  db: Database,
  { track_id }: Pick<RequestRow, "track_id">,
  end: UnbegunEnd,
  event: OwnedEvent,
): Promise<{ ended: RequestRow | undefined; unsent: string[] }> {
  const [[ended]] = await db.batch([
    endRequest(db, track_id, end),
    ...recordEvents(db, [event], end.at, endedAs(track_id, end)),
  ]);
  return { ended, unsent: await unsentOf(db, [event], end.at) };
}
