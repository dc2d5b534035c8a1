// Webhooks: who is told of what, how they know that it was us, and what becomes of receivers that misbehave.
import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import type { Mail, Mailer } from "../../src/auth/mailer.ts";
import { composeJobs, composeShared } from "../../src/compose.ts";
import worker from "../../src/index.ts";
import { buryDeliveries } from "../../src/jobs/webhook-log.ts";
import { cancelledEvent } from "../../src/protocol/webhook.ts";
import { projectChanges } from "../../src/store/projection.ts";
import { Client, eventually, newTag } from "./client.ts";
import { type Person, person } from "./people.ts";
import { arrived, type Hook, hook, hooked, received } from "./receiving.ts";

type Delivery = {
  id: string;
  event: string;
  status: string;
  attempts: number;
  attempts_made: {
    id: string;
    status_code: number | null;
    answer: string | null;
    error: string | null;
  }[];
  payload: Record<string, unknown> | null;
};

async function said(who: Client, model = "stub:tokens=2"): Promise<string> {
  const { conversation_id } = await who.json<{ conversation_id: string }>("/api/v1/chat", {
    json: { message: "Hi", model },
  });
  return conversation_id;
}

async function deliveries(who: Person, { id }: Pick<Hook, "id">): Promise<Delivery[]> {
  return (await who.json<{ deliveries: Delivery[] }>(`/api/v1/webhooks/${id}/deliveries`))
    .deliveries;
}

/** The one delivery there is, once it is as it is going to stay. */
async function settled(who: Person, { id }: Pick<Hook, "id">): Promise<Delivery> {
  const delivery = await eventually(
    () =>
      env.DB.prepare(
        "SELECT id FROM webhook_deliveries WHERE webhook_id = ? AND status <> 'pending'",
      )
        .bind(id)
        .first<string>("id"),
    15_000,
  );
  return who.json(`/api/v1/webhooks/${id}/deliveries/${delivery}`);
}

const state = async (id: string) =>
  env.DB.prepare("SELECT * FROM webhooks WHERE id = ?").bind(id).first();

test("an answer, however it was asked for, is told to a webhook that hears of answers", async () => {
  const who = await person();
  const told = await hooked(who, ["chat.response.generated"]);
  const other = await hooked(who, ["document.indexed"]);
  const conversation_id = await said(who);
  const [first] = await arrived(told.tag);
  expect(first?.told).toMatchObject({
    event: "chat.response.generated",
    data: { track_id: null, session_id: conversation_id, user_id: who.id },
  });
  expect(first?.headers).toMatchObject({
    "content-type": "application/json",
    "x-webhook-event": "chat.response.generated",
    "user-agent": expect.stringMatching(/^Edgewise\//) as string,
  });
  expect(await settled(who, told)).toMatchObject({
    status: "delivered",
    attempts: 1,
    attempts_made: [{ status_code: 200, answer: "answered 200", error: null }],
    payload: { event: "chat.response.generated" },
  });
  expect(await deliveries(who, other)).toEqual([]);
});

test("the signature is one that the standardwebhooks package verifies, and no other secret", async () => {
  const who = await person();
  const { tag, secret } = await hooked(who, ["chat.response.generated"]);
  await said(who);
  const [told] = await arrived(tag);
  if (told === undefined) throw new Error("nothing came");
  expect(new Webhook(secret).verify(told.body, told.headers)).toEqual(told.told);
  const another = `whsec_${btoa("x".repeat(32))}`;
  expect(() => new Webhook(another).verify(told.body, told.headers)).toThrow();
  expect(() => new Webhook(secret).verify(`${told.body} `, told.headers)).toThrow();
});

test("a secret rotated between two attempts: for a while both verify, then only the new one", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500&times=1");
  await said(who);
  await arrived(one.tag);
  const { secret } = await who.json<{ secret: string }>(`/api/v1/webhooks/${one.id}/secret`, {
    json: {},
  });
  const [, second] = await arrived(one.tag, 2);
  if (second === undefined) throw new Error("nothing came");
  new Webhook(secret).verify(second.body, second.headers);
  new Webhook(one.secret).verify(second.body, second.headers);
  await who.json(`/api/v1/webhooks/${one.id}/secret`, { json: { overlap_hours: 0 } });
  const { secret: last } = await who.json<{ secret: string }>(`/api/v1/webhooks/${one.id}/secret`, {
    json: { overlap_hours: 0 },
  });
  await said(who);
  const [, , third] = await arrived(one.tag, 3);
  if (third === undefined) throw new Error("nothing came");
  new Webhook(last).verify(third.body, third.headers);
  expect(() => new Webhook(secret).verify(third.body, third.headers)).toThrow();
});

test("a secret is shown once, and not kept as it is", async () => {
  const who = await person();
  const { id, secret } = await hooked(who, ["chat.response.generated"]);
  expect(JSON.stringify(await who.json(`/api/v1/webhooks/${id}`))).not.toContain(secret);
  expect(JSON.stringify(await state(id))).not.toContain(secret.slice(6, 20));
});

// Each has a receiver of its own, and waits most of its time.
test.concurrent.for([
  ["mode=500&times=2", 3, "delivered", "answered 200"],
  ["mode=close&times=1", 2, "delivered", "answered 200"],
  ["mode=short", 1, "delivered", "ok!"],
  ["mode=503", 3, "failed", "answered 503"],
  ["mode=inward", 3, "failed", ""],
  ["mode=circle", 3, "failed", ""],
] as const)(
  "%s: %d attempts, then %s",
  { timeout: 30_000 },
  async ([how, attempts, status, answer]) => {
    const who = await person();
    const one = await hooked(who, ["chat.response.generated"], how);
    await said(who);
    const delivery = await settled(who, one);
    expect(delivery).toMatchObject({ status, attempts });
    expect(delivery.attempts_made).toHaveLength(attempts);
    expect(delivery.attempts_made.at(-1)).toMatchObject({ answer });
    const all = await received(one.tag);
    expect(all).toHaveLength(attempts);
    // A receiver tells by them what it had already.
    expect(new Set(all.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(all.map(({ headers }) => headers["x-webhook-attempt"])).size).toBe(attempts);
    expect(all.map(({ headers }) => headers["x-webhook-attempt"])).toEqual(
      delivery.attempts_made.map(({ id }) => id),
    );
  },
);

test.concurrent("a receiver whose TLS is none is not spoken to", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  const url = hook(one.tag).replace("http:", "https:");
  await who.json(`/api/v1/webhooks/${one.id}`, patch({ url }));
  await said(who);
  const delivery = await settled(who, one);
  expect(delivery).toMatchObject({ status: "failed", attempts: 3 });
  expect(delivery.attempts_made[0]?.error).toBe("The server could not be reached, or broke off.");
  expect(await received(one.tag)).toEqual([]);
}, 30_000);

test("a receiver that never answers is let go at the time limit", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=hang&times=1");
  await said(who);
  const delivery = await settled(who, one);
  expect(delivery).toMatchObject({ status: "delivered", attempts: 2 });
  expect(delivery.attempts_made[0]).toMatchObject({
    status_code: null,
    error: "The server took longer than 3 seconds.",
  });
}, 30_000);

test.for(["mode=drip", "mode=big"])(
  "%s: what it says after its 200 is not waited for",
  { timeout: 20_000 },
  async (how) => {
    const who = await person();
    const one = await hooked(who, ["chat.response.generated"], how);
    await said(who);
    const delivery = await settled(who, one);
    expect(delivery).toMatchObject({ status: "delivered", attempts: 1 });
    expect(delivery.attempts_made[0]?.answer?.length).toBeLessThanOrEqual(1024);
  },
);

test("one that asks for patience is given it, one that is gone is switched off", async () => {
  const who = await person();
  const patient = await hooked(who, ["chat.response.generated"], "mode=503&times=1&after=3");
  const gone = await hooked(who, ["chat.response.generated"], "mode=410");
  await said(who);
  const [first, second] = await arrived(patient.tag, 2);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2900);
  expect(await settled(who, gone)).toMatchObject({ status: "failed", attempts: 1 });
  expect(await who.json(`/api/v1/webhooks/${gone.id}`)).toMatchObject({
    enabled: false,
    disabled_reason: "It answered 410: it wants to hear nothing more.",
  });
  await said(who);
  await arrived(patient.tag, 3);
  expect(await received(gone.tag)).toHaveLength(1);
}, 30_000);

test("a message that comes twice is sent once", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await said(who);
  const { id } = await settled(who, one);
  await env.DB.prepare(
    "UPDATE webhook_deliveries SET status = 'pending', retry_at = 0 WHERE id = ?",
  )
    .bind(id)
    .run();
  const body = { tenant_id: who.id, delivery_id: id };
  const at = new Date();
  const twice = [1, 2].map((n) => ({ id: `m${n}`, body, attempts: 1, timestamp: at }));
  await worker.queue(createMessageBatch("edgewise-webhooks", twice));
  await eventually(async () => ((await received(one.tag)).length === 2 ? true : undefined));
  await scheduler.wait(300);
  expect(await received(one.tag)).toHaveLength(2);
});

test("should its consumer die between sending and writing it down, it is sent again under another attempt", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await said(who);
  const { id } = await settled(who, one);
  // As a consumer leaves it that has sent, and then was no more.
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE webhook_deliveries SET status = 'pending', attempts = 1, retry_at = 0 WHERE id = ?",
    ).bind(id),
    env.DB.prepare("UPDATE webhook_attempts SET status_code = NULL WHERE delivery_id = ?").bind(id),
  ]);
  await env.DB.prepare("UPDATE webhook_deliveries SET retry_at = 1 WHERE id = ?").bind(id).run();
  await worker.scheduled();
  const [first, second] = await arrived(one.tag, 2);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.headers["x-webhook-attempt"]).not.toBe(first?.headers["x-webhook-attempt"]);
});

test("what failed is sent again, one by one or by when it was", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500&times=3");
  await said(who);
  const failed = await settled(who, one);
  expect(failed.status).toBe("failed");
  const again = await who.json<{ delivery_ids: string[] }>(`/api/v1/webhooks/${one.id}/redeliver`, {
    json: { since: new Date(Date.now() - 60_000).toISOString() },
  });
  expect(again.delivery_ids).toEqual([failed.id]);
  const delivered = await settled(who, one);
  expect(delivered.status).toBe("delivered");
  expect(delivered.attempts).toBe(1);
  const byName = { delivery_ids: [failed.id] };
  await who.json(`/api/v1/webhooks/${one.id}/redeliver`, { json: byName });
  await arrived(one.tag, 5);
  const nothing = await who.fetch(`/api/v1/webhooks/${one.id}/redeliver`, { json: {} });
  expect(nothing.status).toBe(400);
}, 30_000);

test("the owner of one that failed for days is told by mail, once", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await said(who);
  const { id } = await settled(who, one);
  await env.DB.prepare("UPDATE webhooks SET failing_since = 1, failures = 9 WHERE id = ?")
    .bind(one.id)
    .run();
  const mails: Mail[] = [];
  const mailer: Mailer = { send: async (mail) => void mails.push(mail) };
  const services = { ...composeJobs(env, composeShared(env)), mailer };
  const body = { tenant_id: who.id, delivery_id: id, over: true };
  const message = { id: "m", body, attempts: 1, timestamp: new Date() };
  for (let n = 0; n < 2; n += 1)
    await buryDeliveries(createMessageBatch("edgewise-webhooks-dead", [message]), services);
  expect(mails.map(({ to }) => to)).toEqual([who.email]);
  expect(mails[0]?.text).toContain(one.id);
});

/** As if it had failed for the first time so many days ago, and for the last time so many. */
async function failedBefore({ id }: Hook, first: number, last: number): Promise<void> {
  const at = (days: number) => Date.now() - days * 86_400_000;
  await env.DB.prepare(
    "UPDATE webhooks SET failing_since = ?, retry_at = ?, failures = 1 WHERE id = ?",
  )
    .bind(at(first), at(last), id)
    .run();
}

test("a failure long ago does not make one of today a failure of days", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500");
  await failedBefore(one, 6, 5);
  await said(who);
  const failed = await eventually(async () => {
    const now = await state(one.id);
    return Number(now?.["failures"]) > 1 ? now : undefined;
  });
  expect(Number(failed["failing_since"])).toBeGreaterThan(Date.now() - 60_000);
});

test("one that failed for days is switched off, until its owner switches it on", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500");
  await failedBefore(one, 6, 0.5);
  await said(who);
  expect((await settled(who, one)).status).toBe("failed");
  await eventually(async () => (await state(one.id))?.["enabled"] === 0);
  expect(await who.json(`/api/v1/webhooks/${one.id}`)).toMatchObject({
    enabled: false,
    disabled_reason: "It failed for 5 days.",
  });
  const tried = await who.fetch(`/api/v1/webhooks/${one.id}/test`, { method: "POST" });
  expect(tried.status).toBe(409);
  expect(await who.json(`/api/v1/webhooks/${one.id}`, patch({ enabled: true }))).toMatchObject({
    enabled: true,
    failures: 0,
    failing_since: null,
  });
}, 60_000);

/** Puts twenty deliveries to one receiver into the queue of those that fail. */
async function queuedSlowly(who: Person, { id, url }: { id: string | null; url: string | null }) {
  const event = `evt_${newTag()}`;
  const many = Array.from({ length: 20 }, (_, n) => `${event}${n}`);
  const at = Date.now();
  await env.DB.batch(
    many.flatMap((each) => [
      env.DB.prepare(
        "INSERT INTO webhook_events VALUES (?, ?, ?, NULL, 'webhook.test', '{}', ?)",
      ).bind(each, who.id, who.id, at),
      env.DB.prepare(
        "INSERT INTO webhook_deliveries VALUES (?, ?, ?, ?, ?, 'webhook.test', 'pending', 0, 0, ?, ?)",
      ).bind(`${each}.to`, each, who.id, id, url, at, at),
    ]),
  );
  const messages = many.map((each) => ({
    id: each,
    body: { tenant_id: who.id, delivery_id: `${each}.to` },
    attempts: 1,
    timestamp: new Date(),
  }));
  await worker.queue(createMessageBatch("edgewise-webhooks-slow", messages));
}

test("one for which much waits is switched off after days, too, though nothing is tried to its end", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500");
  await failedBefore(one, 6, 0.5);
  await queuedSlowly(who, { id: one.id, url: null });
  await eventually(async () => (await state(one.id))?.["enabled"] === 0);
  const { results } = await env.DB.prepare(
    "SELECT id FROM webhook_deliveries WHERE webhook_id = ? AND attempts > 1",
  )
    .bind(one.id)
    .all();
  expect(results).toEqual([]);
});

test("whatever waits for a receiver that is down, it is asked by one at a time", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500");
  await env.DB.prepare("UPDATE webhooks SET failures = 1, failing_since = 1 WHERE id = ?")
    .bind(one.id)
    .run();
  await queuedSlowly(who, { id: one.id, url: null });
  await arrived(one.tag);
  await scheduler.wait(300);
  expect(await received(one.tag)).toHaveLength(1);
});

test("so is the host of callbacks, once one has failed; when it is back, it is as any other", async () => {
  const who = await person();
  const failing = async () =>
    env.DB.prepare("SELECT failures FROM failing_callbacks WHERE tenant_id = ?")
      .bind(who.id)
      .first<number>("failures");
  const [first, many, back] = [newTag(), newTag(), newTag()];
  const ask = async (callback_url: string) =>
    who.json("/api/v1/chat", { json: { message: "Hi", model: "stub:tokens=2", callback_url } });
  await ask(hook(first, "mode=503&times=1&after=3"));
  await eventually(failing);
  await queuedSlowly(who, { id: null, url: hook(many) });
  await scheduler.wait(300);
  expect(await received(many)).toEqual([]);
  await arrived(first, 2);
  await arrived(many, 20);
  await eventually(async () => (await failing()) === null);
  await ask(hook(back));
  await arrived(back);
}, 60_000);

test("what waits for a receiver that is down has no message, and is sent when it is back", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=500&times=4");
  await env.DB.prepare("UPDATE webhooks SET failures = 1, failing_since = ? WHERE id = ?")
    .bind(Date.now(), one.id)
    .run();
  await queuedSlowly(who, { id: one.id, url: null });
  // The first that tries it fails for good; another takes its turn.
  await arrived(one.tag, 4, 40_000);
  await arrived(one.tag, 4 + 19, 20_000);
  const all = await deliveries(who, one);
  expect(all.filter(({ status }) => status === "delivered")).toHaveLength(19);
  expect(all.filter(({ status }) => status === "failed")).toHaveLength(1);
  expect(await state(one.id)).toMatchObject({ failures: 0, retry_at: 0 });
}, 90_000);

test("a callback that is refused says nothing against others of its host", async () => {
  const who = await person();
  const [refused, other] = [newTag(), newTag()];
  const ask = async (callback_url: string) =>
    who.json("/api/v1/chat", { json: { message: "Hi", model: "stub:tokens=2", callback_url } });
  await ask(hook(refused, "mode=404"));
  await arrived(refused, 2);
  await ask(hook(other));
  await arrived(other);
  const { results } = await env.DB.prepare("SELECT * FROM failing_callbacks WHERE tenant_id = ?")
    .bind(who.id)
    .all();
  expect(results).toEqual([]);
});

test("a webhook whose secret cannot be read any more is switched off, and sends nothing", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await env.DB.prepare("UPDATE webhooks SET secret = 'of another key' WHERE id = ?")
    .bind(one.id)
    .run();
  await said(who);
  expect((await settled(who, one)).attempts_made).toEqual([]);
  expect(await who.json(`/api/v1/webhooks/${one.id}`)).toMatchObject({
    enabled: false,
    disabled_reason: expect.stringContaining("APP_SECRET_KEY") as string,
  });
  expect(await received(one.tag)).toEqual([]);
});

test("a receiver that does not answer delays nobody else", async () => {
  const who = await person();
  const dead = await hooked(who, ["chat.response.generated"], "mode=hang");
  const healthy = await hooked(who, ["chat.response.generated"]);
  for (let n = 0; n < 3; n += 1) await said(who);
  await arrived(healthy.tag, 3);
  const all = await deliveries(who, dead);
  expect(all.some(({ status }) => status === "delivered")).toBe(false);
  expect((await deliveries(who, healthy)).length).toBe(3);
}, 30_000);

test("a test is sent whatever a webhook hears of", async () => {
  const who = await person();
  const one = await hooked(who, ["document.failed"]);
  await who.json(`/api/v1/webhooks/${one.id}/test`, { method: "POST" });
  const [told] = await arrived(one.tag);
  expect(told?.told).toMatchObject({ event: "webhook.test", data: { webhook_id: one.id } });
});

test("documents that are indexed, or cannot be, and conversations that are closed are told", async () => {
  const who = await person();
  const one = await hooked(who, ["document.indexed", "document.failed", "conversation.completed"]);
  const good = await who.json<{ id: string }>("/api/v1/documents", {
    json: { name: "a.txt", text: "Refunds take 14 days." },
  });
  const bad = await who.json<{ id: string }>("/api/v1/documents", {
    json: { name: "b.txt", url: `${env.OUTSIDE_URL}/status?code=404` },
  });
  const conversation_id = await said(who);
  await who.json(`/api/v1/conversations/${conversation_id}`, patch({ status: "completed" }));
  const told = (await arrived(one.tag, 3)).map(({ told: { event, data } }) => ({ event, data }));
  expect(told).toEqual(
    expect.arrayContaining([
      {
        event: "document.indexed",
        data: expect.objectContaining({ document_id: good.id, chunks: 1 }) as object,
      },
      {
        event: "document.failed",
        data: expect.objectContaining({
          document_id: bad.id,
          reason: expect.any(String) as string,
        }) as object,
      },
      {
        event: "conversation.completed",
        data: { session_id: conversation_id, user_id: who.id },
      },
    ]),
  );
}, 20_000);

test("what was said in a deleted conversation is not kept for webhooks", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  const conversation_id = await said(who);
  const { id } = await settled(who, one);
  await who.fetch(`/api/v1/conversations/${conversation_id}`, { method: "DELETE" });
  const kept = await who.json<Delivery>(`/api/v1/webhooks/${one.id}/deliveries/${id}`);
  expect(kept.payload).toBeNull();
});

test("of a conversation that is deleted in mid-turn the end is told, and no word of it", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.failed"]);
  const { conversation_id } = await who.json<{ conversation_id: string }>("/api/v1/chat", {
    json: { message: "Hi", model: "stub:tokens=400,delay=20" },
    headers: { Prefer: "respond-async" },
  });
  await scheduler.wait(500);
  await who.fetch(`/api/v1/conversations/${conversation_id}`, { method: "DELETE" });
  const [told] = await arrived(one.tag);
  expect(told?.told.data.error?.details).toMatchObject({
    status: "cancelled",
    partial_response: "",
  });
});

test.each([{}, { Prefer: "respond-async" }])(
  "an answer that is erased is not kept for webhooks either: %j",
  async (headers) => {
    const who = await person();
    const one = await hooked(who, ["chat.response.generated"]);
    const { conversation_id } = await who.json<{ conversation_id: string }>("/api/v1/chat", {
      json: { message: "Hi", model: "stub:tokens=2" },
      headers,
    });
    const { id } = await settled(who, one);
    const [, answer] = await who.messages(conversation_id);
    await who.fetch(`/api/v1/conversations/${conversation_id}/messages/${answer?.id}`, {
      method: "DELETE",
    });
    await eventually(async () => {
      const { payload } = await who.json<Delivery>(`/api/v1/webhooks/${one.id}/deliveries/${id}`);
      return payload === null;
    });
  },
);

test("a last attempt that died ends its delivery, and is not made again", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await said(who);
  const { id } = await settled(who, one);
  await env.DB.prepare(
    "UPDATE webhook_deliveries SET status = 'pending', attempts = 3, retry_at = 1 WHERE id = ?",
  )
    .bind(id)
    .run();
  const body = { tenant_id: who.id, delivery_id: id };
  const message = { id: "m", body, attempts: 1, timestamp: new Date() };
  await worker.queue(createMessageBatch("edgewise-webhooks", [message]));
  expect((await deliveries(who, one))[0]?.status).toBe("failed");
  expect(await received(one.tag)).toHaveLength(1);
});

test("what was changed by hand while an old address hung stands", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=hang");
  await said(who);
  await arrived(one.tag);
  const url = hook(newTag());
  await who.json(`/api/v1/webhooks/${one.id}`, patch({ url, enabled: true }));
  await eventually(
    async () =>
      (await env.DB.prepare("SELECT error FROM webhook_attempts WHERE delivery_id LIKE ?")
        .bind(`%${one.id}`)
        .first<string>("error")) !== null,
  );
  expect(await who.json(`/api/v1/webhooks/${one.id}`)).toMatchObject({ failures: 0 });
}, 20_000);

test("nobody hears of what others do, nor sees their webhooks", async () => {
  const [who, other] = [await person(), await person()];
  const one = await hooked(who, ["chat.response.generated"]);
  await said(other);
  await said(who);
  await arrived(one.tag);
  expect(await received(one.tag)).toHaveLength(1);
  for (const path of ["", "/deliveries", "/deliveries/x"])
    expect.soft(await other.told(`/api/v1/webhooks/${one.id}${path}`)).toBe("404 NOT_FOUND");
  expect(await other.told(`/api/v1/webhooks/${one.id}`, { method: "DELETE" })).toBe(
    "404 NOT_FOUND",
  );
  expect(await other.json("/api/v1/webhooks")).toEqual({ webhooks: [] });
  expect(await new Client().fetch("/api/v1/webhooks").then(({ status }) => status)).toBe(403);
});

test("an administrator's webhook hears of the whole organisation, and only theirs may", async () => {
  const [head, member] = [await person({ role: "admin" }), await person()];
  const organisation = await head.json<{ id: string }>("/api/v1/admin/organisations", {
    json: { name: newTag() },
  });
  await member.join(head, organisation.id, "user");
  await head.act(organisation.id);
  await member.act(organisation.id);
  const all = await hooked(head, ["chat.response.generated"], "", { everyone: true });
  const body = { url: hook(newTag()), events: ["chat.response.generated"], everyone: true };
  expect(await member.told("/api/v1/webhooks", { json: body })).toBe("403 FORBIDDEN");
  await said(member);
  const [told] = await arrived(all.tag);
  expect(told?.told.data["user_id"]).toBe(member.id);
  // Who does not administer it any more hears of nobody but themselves.
  await env.DB.prepare("UPDATE memberships SET role = 'user' WHERE user_id = ?")
    .bind(head.id)
    .run();
  await said(member);
  await said(head);
  const [, last] = await arrived(all.tag, 2);
  expect(last?.told.data["user_id"]).toBe(head.id);
});

test.for([
  [{ url: "http://169.254.169.254/", events: ["document.failed"] }, "url"],
  [{ url: "https://localhost.internal/", events: ["document.failed"] }, "url"],
  [{ url: "nonsense", events: ["document.failed"] }, "url"],
  [{ url: hook("x"), events: [] }, "events"],
  [{ url: hook("x"), events: ["nothing.happened"] }, "events.0"],
  [{ url: hook("x"), events: ["document.failed"], secret: "short" }, "secret"],
  [{ url: hook("x"), events: ["document.failed"], secret: `whsec_${"a".repeat(33)}` }, "secret"],
] as const)("%j is refused, naming %s", async ([json, field]) => {
  const who = await person();
  const response = await who.fetch("/api/v1/webhooks", { json });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { details: { field } } });
});

test("there are no more than twenty webhooks of a tenant, however many are made at once", async () => {
  const who = await person();
  for (let n = 0; n < 15; n += 1) await hooked(who, ["document.failed"]);
  const body = { url: hook("x"), events: ["document.failed"] };
  const made = await Promise.all(
    Array.from({ length: 10 }, () => who.fetch("/api/v1/webhooks", { json: body })),
  );
  expect(made.filter(({ status }) => status === 201)).toHaveLength(5);
  expect(made.filter(({ status }) => status === 409)).toHaveLength(5);
  const { webhooks } = await who.json<{ webhooks: unknown[] }>("/api/v1/webhooks");
  expect(webhooks).toHaveLength(20);
});

test("what waited when a webhook was switched off is sent when it is switched on", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"], "mode=503&times=1&after=3600");
  await said(who);
  await eventually(async () => Number((await state(one.id))?.["failures"]) === 1);
  await who.json(`/api/v1/webhooks/${one.id}`, patch({ enabled: false }));
  await who.json(`/api/v1/webhooks/${one.id}`, patch({ enabled: true }));
  expect(await settled(who, one)).toMatchObject({ status: "delivered", attempts: 1 });
});

test("the end of a conversation that is deleted is told, though telling it failed at first", async () => {
  const who = await person();
  const { conversation_id } = await who.json<{ conversation_id: string }>("/api/v1/chat", {
    json: { message: "Hi", model: "stub:tokens=400,delay=20" },
    headers: { Prefer: "respond-async" },
  });
  const event = {
    ...cancelledEvent({ track_id: crypto.randomUUID(), callback_url: hook(newTag()) }, Date.now()),
    conversation_id,
    tenant_id: who.id,
    user_id: who.id,
  };
  const nothing = { messages: [], gone: [], feedback: [], requests: [], unsaid: [event.id] };
  const changes = { ...nothing, conversation: null, events: [event] };
  await projectChanges(composeShared(env).database(who.id), changes, 1000);
  // The queue did not take it: it is told again.
  const unsent = await projectChanges(composeShared(env).database(who.id), changes, 2000);
  expect(unsent).toEqual([`${event.id}.callback`]);
  // What was erased meanwhile is not in it any more.
  const secret = { ...event, payload: { ...event.payload, data: { response: "SECRET" } } };
  const db = composeShared(env).database(who.id);
  const id = `${event.id}2`;
  await projectChanges(db, { ...changes, events: [{ ...secret, id }], unsaid: [] }, 3000);
  await projectChanges(db, { ...changes, events: [{ ...event, id }], unsaid: [id] }, 4000);
  const kept = env.DB.prepare("SELECT payload FROM webhook_events WHERE id = ?").bind(id);
  expect(await kept.first("payload")).not.toContain("SECRET");
});

test("the log goes by the clock", async () => {
  const who = await person();
  const one = await hooked(who, ["chat.response.generated"]);
  await said(who);
  await settled(who, one);
  const month = 31 * 86_400_000;
  for (const table of ["webhook_events", "webhook_deliveries"])
    await env.DB.prepare(`UPDATE ${table} SET created_at = created_at - ? WHERE tenant_id = ?`)
      .bind(month, who.id)
      .run();
  await worker.scheduled();
  expect(await deliveries(who, one)).toEqual([]);
});

const patch = (json: object) => ({ method: "PATCH", json });
