// Conversations of a given length, and lists of one: filled through the object's own intake, the way that
// an import takes, and known to D1 where search is to find them.
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { Headers, Person } from "../auth/people.ts";
import { post } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import type { Bring, ListMore, Rows } from "./worker.ts";

export type Place = { host: Host; id: string; who: Headers };

/** Messages a request brings. */
const MOST = 2000;
/** Of history, in tokens: filled by ten messages, so that a turn reads as much at 10 as at 10,000. */
const WINDOW = 1000;

const madeSchema = z.object({ id: z.string() });
const totalSchema = z.object({ pagination: z.object({ total: z.number() }) });
const rowsSchema = z.object({ read: z.number(), written: z.number() });

/** @param told whether D1 is to hear of its messages; waits until it has */
export async function conversation(
  host: Host,
  person: Person,
  length: number,
  { told, memory = {} }: { told: boolean; memory?: object },
): Promise<Place> {
  const body = JSON.stringify({ memory: { history_tokens: WINDOW, ...memory } });
  const made = await post(`${host.url}/api/v1/conversations`, body, person.token);
  const { id } = madeSchema.parse(made);
  const { tenant_id, user_id } = person.session;
  for (let after = 0; after < length; after += MOST) {
    const through = Math.min(after + MOST, length);
    const call: Bring = { owner: { tenant_id, user_id }, id, after, through, told };
    await post(`${host.url}/bench/bring`, JSON.stringify(call), {});
  }
  const place = { host, id, who: person.token };
  if (told) await findable(place, length);
  return place;
}

/** Its owner's list, `length` long. */
export async function listed({ host, id }: Place, length: number): Promise<void> {
  const call: ListMore = { id, count: length - 1 };
  await post(`${host.url}/bench/list`, JSON.stringify(call), {});
}

/** What its object read and wrote since this was last asked. */
export async function rowsOf({ host, id }: Place): Promise<Rows> {
  return rowsSchema.parse(await post(`${host.url}/bench/rows?id=${id}`, "{}", {}));
}

/** Search counts a thousand at most: the last message that was said is the sign. */
async function findable({ host, who }: Place, length: number): Promise<void> {
  const url = `${host.url}/api/v1/search?q=${length}`;
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await setTimeout(200)) {
    const answer = await fetch(url, { headers: who });
    if (!answer.ok) throw new Error(`search answered ${answer.status}: ${await answer.text()}`);
    if (totalSchema.parse(await answer.json()).pagination.total > 0) return;
  }
  throw new Error("D1 has not heard of what was brought");
}
