// What the receiver of tests was sent, and webhooks that lead there.
import { env } from "cloudflare:workers";
import type { WebhookEventName } from "../../src/protocol/webhook.ts";
import type { Received } from "../stub/receiver.ts";
import { eventually, newTag } from "./client.ts";
import type { Person } from "./people.ts";

export type Told = {
  event: string;
  timestamp: string;
  data: Record<string, unknown> & { error?: { code: string; details: Record<string, unknown> } };
};

/** An address of the receiver; `how` as test/stub/receiver.ts has it. */
export function hook(tag: string, how = ""): string {
  return `${env.RECEIVER_URL}/hook?tag=${tag}${how === "" ? "" : `&${how}`}`;
}

export async function received(tag: string): Promise<(Received & { told: Told })[]> {
  const response = await fetch(`${env.RECEIVER_URL}/received?tag=${tag}`);
  return (await response.json<Received[]>()).map(({ headers, body, at }) => ({
    headers,
    body,
    at,
    told: JSON.parse(body) as Told,
  }));
}

/** As soon as there are `many`. */
export function arrived(tag: string, many = 1, patience?: number) {
  return eventually(async () => {
    const all = await received(tag);
    return all.length >= many ? all : undefined;
  }, patience);
}

export type Hook = { id: string; secret: string; tag: string };

export async function hooked(
  person: Person,
  events: WebhookEventName[],
  how = "",
  more: Record<string, unknown> = {},
): Promise<Hook> {
  const tag = newTag();
  const made = await person.json<{ id: string; secret: string }>("/api/v1/webhooks", {
    json: { url: hook(tag, how), events, ...more },
  });
  return { ...made, tag };
}
