// Usage events off their queue and into D1, a batch in one statement. The queue delivers at least once;
// an event is written once, by its id. What cannot be written, or read, becomes a letter in KV: nothing
// of it is lost, and once an hour what can be read is taken up again.
import { z } from "zod";
import type { DatabaseOf } from "../store/database.ts";
import { insertUsage, storedUsageSchema, type UsageEvent } from "../store/usage.ts";
import { LETTERS, writeLetter } from "../store/usage-letters.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";

export type UsageServices = {
  databaseOf: DatabaseOf;
  letters: Pick<KVNamespace, "put" | "get" | "list" | "delete">;
  log: Log;
};

/** Several events, or one as it was written before there were several. */
const messageSchema = z
  .array(storedUsageSchema)
  .or(storedUsageSchema.transform((event) => [event]));

/** Seconds before D1 is tried again: doubles, up to an hour. */
const FIRST_RETRY = 5;
const LONGEST_RETRY = 3600;
/** Letters that one run takes up, and that are read at a time: each that is taken up is an operation of KV's. */
const MOST_LETTERS = 500;
const PAGE = 50;

/** The consumers of wrangler.toml, by their queue. */
export const USAGE_QUEUES: Readonly<
  Record<string, (batch: MessageBatch, services: UsageServices) => Promise<void>>
> = { "edgewise-usage": keepUsage, "edgewise-usage-dead": keepLetters };

async function keepUsage(batch: MessageBatch, services: UsageServices): Promise<void> {
  const { log } = services;
  const good: { message: Message; events: UsageEvent[] }[] = [];
  for (const message of batch.messages) {
    const read = messageSchema.safeParse(message.body);
    if (read.success) good.push({ message, events: read.data });
    else await keepLetter(message, batch.queue, issuesOf(read.error), services);
  }
  try {
    await insert(
      good.flatMap(({ events }) => events),
      services,
    );
    for (const { message } of good) message.ack();
  } catch (thrown) {
    log.warning("usage.delayed", { messages: good.length, ...thrownFields(thrown) });
    for (const { message } of good)
      message.retry({
        delaySeconds: Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (message.attempts - 1)),
      });
  }
}

/** What D1 did not take however often it was tried. */
async function keepLetters(batch: MessageBatch, services: UsageServices): Promise<void> {
  for (const message of batch.messages)
    await keepLetter(message, batch.queue, "it could not be written", services);
}

async function keepLetter(
  message: Message,
  queue: string,
  why: string,
  { letters, log }: UsageServices,
): Promise<void> {
  const fields = { queue, message: message.id, why };
  try {
    await writeLetter(letters, message.id, why, message.body);
    message.ack();
    log.error("usage.dead", fields);
  } catch (thrown) {
    message.retry({ delaySeconds: LONGEST_RETRY });
    log.error("usage.dead.delayed", { ...fields, ...thrownFields(thrown) });
  }
}

const letterSchema = z.object({ body: messageSchema });

/** Writes down what can be read of the letters; the others stay. Never rejects. */
export async function takeUpLetters(services: UsageServices): Promise<void> {
  const { letters, log } = services;
  const done = { taken: 0, unreadable: 0 };
  try {
    let cursor: string | null = null;
    do {
      // To the end: those that nobody can read stay, and must not stand before the others.
      const page: KVNamespaceListResult<unknown> = await letters.list({
        prefix: LETTERS,
        limit: PAGE,
        cursor,
      });
      const names = page.keys.map(({ name }) => name);
      const read = names.length === 0 ? [] : await letters.get(names, "json");
      for (const [name, written] of read) {
        const letter = letterSchema.safeParse(written);
        if (!letter.success) {
          done.unreadable += 1;
          continue;
        }
        await insert(letter.data.body, services);
        await letters.delete(name);
        done.taken += 1;
      }
      cursor = page.list_complete ? null : page.cursor;
    } while (cursor !== null && done.taken < MOST_LETTERS);
  } catch (thrown) {
    log.error("usage.letters.failed", thrownFields(thrown));
  }
  if (done.taken + done.unreadable > 0) log.warning("usage.letters", done);
}

async function insert(events: UsageEvent[], { databaseOf }: UsageServices): Promise<void> {
  for (const [database, own] of Map.groupBy(events, ({ tenant_id }) => databaseOf(tenant_id)))
    await insertUsage(database, own);
}

/** Where it is wrong, and never what it says. */
function issuesOf(error: z.ZodError): string {
  const paths = error.issues.slice(0, 5).map(({ path }) => path.join(".") || "message");
  return `unreadable: ${paths.join(", ")}`;
}
