// What was used, summed in every way there is: each tells the same.
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { costQueries, type GroupBy, type Whose } from "../../src/store/costs.ts";
import { PRICED } from "../stub/priced.ts";
import { appWith } from "./app-with.ts";
import { allEvents, eventually, newTag, sse, stubOf } from "./client.ts";
import { type Person, person } from "./people.ts";
import { db, planOf } from "./rows.ts";
import { keepEvents, usageEvent } from "./usage-events.ts";

type Figures = Record<string, number | null>;
type Costs = {
  totals: Figures;
  groups: (Figures & { key: string })[];
  has_more: boolean;
  prices: { model: string; as_of: string | null; source: string | null }[];
};
type Sums = { tokens: number; cost: number | null; calls: number; turns: number };

const OWN: GroupBy[] = ["day", "model", "purpose", "feature", "provider", "conversation"];
const ALL: GroupBy[] = [...OWN, "user", "tier"];

async function unlimited(): Promise<Person> {
  const one = await person();
  const none = { requests_per_minute: null, tokens_per_minute: null, streams: null };
  await env.DB.prepare("UPDATE users SET limits = ?, updated_at = updated_at + 1 WHERE id = ?")
    .bind(JSON.stringify(none), one.id)
    .run();
  await one.signIn();
  return one;
}

const usedBy = async (one: Person) =>
  (await one.json<{ used: Record<string, number> }>("/api/v1/auth/limits")).used;

async function eventsOf(one: Person): Promise<Sums> {
  const row = await env.DB.prepare(
    `SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) AS tokens, sum(cost) AS cost,
       count(provider) AS calls, count(turn_status) AS turns FROM usage_events WHERE user_id = ?`,
  )
    .bind(one.id)
    .first<Sums>();
  if (row === null) throw new Error("no row");
  return row;
}

/** Waits until the ledger holds nothing open and D1 has heard of it all. */
async function settled(one: Person, turns: number): Promise<Sums> {
  return eventually(async () => {
    const events = await eventsOf(one);
    if (events.turns !== turns) return null;
    const used = await usedBy(one);
    if (used["streams"] === 0 && events.tokens === used["daily_tokens"]) return events;
    return scheduler.wait(300).then(() => null); // whoever looks too often is turned away
  }, 15_000);
}

const sumOf = (groups: readonly Figures[], name: string) =>
  groups.reduce((sum, group) => sum + (group[name] ?? 0), 0);

async function summedAlike(reader: Person, path: string, ways: readonly GroupBy[]) {
  const ask = (group_by: string, format = "json") =>
    `${path}?group_by=${group_by}&format=${format}`;
  for (const group_by of ways) {
    const { totals, groups } = await reader.json<Costs>(ask(group_by));
    for (const [name, value] of Object.entries(totals))
      if (!name.startsWith("avg"))
        expect.soft(sumOf(groups, name), `${group_by}: ${name}`).toBeCloseTo(value ?? 0, 9);
    // The file says the same, line by line.
    const csv = await (await reader.fetch(ask(group_by, "csv"))).text();
    const [head = "", ...lines] = csv.trimEnd().split("\r\n");
    const [first, ...names] = head.split(",");
    expect.soft(first).toBe(group_by);
    const read = lines.map((line) => {
      // A key with a comma is quoted; no figure is.
      const [, quoted, plain = "", rest = ""] = /^(?:"(.*)"|([^,]*)),(.*)$/.exec(line) ?? [];
      const key = quoted ?? plain;
      const cells = rest.split(",");
      const values = cells.map((cell) => (cell === "" ? null : Number(cell)));
      return Object.fromEntries([
        ["key", key],
        ...names.map((name, at) => [name, values[at]]),
      ]) as object;
    });
    expect.soft(read, group_by).toEqual(groups);
  }
}

test("every way a turn can go adds up: events, ledger, messages, and what the reports say", async () => {
  const one = await unlimited();
  const chat = async (model: string, rest: object = {}) => {
    const response = await one.chat({ message: "How do tides work?", model, ...rest });
    const body = await response.json<Message & { error?: { details: { partial: Message } } }>();
    return { status: response.status, message: body.error?.details.partial ?? body };
  };
  const told: Message[] = [];
  const plain = await chat(PRICED.plain, { metadata: { feature: "support" } });
  expect(plain.status).toBe(200);
  told.push(plain.message);
  for (const [model, status] of [
    [PRICED.retried, 200],
    [PRICED.failing, 502],
    [PRICED.breaking, 502],
    [PRICED.silent, 200],
  ] as const) {
    const answer = await chat(model);
    expect(answer.status, model).toBe(status);
    told.push(answer.message);
  }
  const stream = await one.fetch("/api/v1/chat/stream", {
    json: { message: "And the moon?", model: PRICED.plain },
  });
  told.push((await allEvents(stream)).at(-1)?.data["message"] as Message);

  const running = await one.fetch("/api/v1/chat/stream", {
    json: { message: "Go on", model: PRICED.slow },
  });
  const conversation = running.headers.get("X-Conversation-Id") ?? "";
  for await (const { event } of sse(running)) if (event === "token") break;
  const turn = `/api/v1/conversations/${conversation}/turns/${running.headers.get("X-Turn-Id")}`;
  const cancelled = await one.json<{ message: Message }>(`${turn}/cancel`, { method: "POST" });
  told.push(cancelled.message);

  const messages = [{ role: "user", content: "Hi" }];
  told.push(
    await one.json<Message>("/api/v1/chat/direct", { json: { messages, model: PRICED.plain } }),
  );
  // A title is asked for beside its turn.
  const titled = await one.json<{ id: string }>("/api/v1/conversations", {
    json: { memory: { title: true } },
  });
  told.push((await chat(PRICED.plain, { conversation_id: titled.id })).message);

  // Nine turns so far. Of a stateless stream that its reader leaves nobody has a message.
  await eventually(async () => (await eventsOf(one)).turns === 9, 15_000);
  const asides = await eventually(async () => {
    const row = await env.DB.prepare(
      "SELECT sum(prompt_tokens + completion_tokens) AS tokens FROM usage_events WHERE user_id = ? AND purpose <> 'chat'",
    )
      .bind(one.id)
      .first<{ tokens: number | null }>();
    return row?.tokens ?? null;
  }, 15_000);
  const before = await settled(one, 9);
  const said = told.reduce((sum, { tokens_used }) => sum + (tokens_used?.total ?? 0), 0);
  expect(before.tokens).toBe(said + asides);
  const left = await one.fetch("/api/v1/chat/direct", {
    json: { messages, model: PRICED.slow, stream: true },
  });
  for await (const { event } of sse(left)) if (event === "token") break;
  const events = await settled(one, 10);
  expect(events.tokens).toBeGreaterThan(before.tokens);

  const ledger = await usedBy(one);
  expect(ledger["daily_tokens"]).toBe(events.tokens);
  expect(ledger["daily_cost"]).toBeCloseTo((events.cost ?? 0) / 1e6, 9);
  const { totals } = await one.json<Costs>("/api/v1/usage");
  expect(totals).toMatchObject({
    turns: 10,
    calls: events.calls,
    total_tokens: events.tokens,
    cost: (events.cost ?? 0) / 1e6,
    unpriced_calls: 0,
    unpriced_tokens: 0,
    cache_hits: 0,
  });
  // Two of the call that was tried again, and every attempt of those that failed for good.
  expect(totals["failures"]).toBeGreaterThan(4);
  expect(totals["avg_latency_ms"]).toBeGreaterThan(0);
  await summedAlike(one, "/api/v1/usage", OWN);
  const { groups } = await one.json<Costs>("/api/v1/usage?group_by=feature");
  expect(groups.map(({ key, turns }) => `${key} ${turns}`).sort()).toEqual([
    "chat 7",
    "direct 2",
    "support 1",
  ]);

  const admin = await person({ role: "admin" });
  const users = await admin.json<Costs>("/api/v1/admin/costs?group_by=user");
  expect(users.groups.find(({ key }) => key === one.id)).toEqual({ key: one.id, ...totals });
  await summedAlike(admin, "/api/v1/admin/costs", ALL);
  // Turns are counted once, however many calls they took.
  const analytics = await admin.json<{ top_users: Record<string, unknown>[] }>(
    "/api/v1/admin/analytics",
  );
  expect(analytics.top_users.find(({ user_id }) => user_id === one.id)).toMatchObject({
    turns: 10,
    total_tokens: events.tokens,
    cost: (events.cost ?? 0) / 1e6,
  });
}, 90_000);

/** The row of each call of somebody's, in the order in which they began. */
async function callsOf(one: Person) {
  const { results } = await env.DB.prepare(
    `SELECT purpose, provider || '/' || model AS model, error, cached, latency_ms,
       prompt_tokens + completion_tokens AS tokens
     FROM usage_events WHERE user_id = ? ORDER BY purpose, id`,
  )
    .bind(one.id)
    .all<Record<string, string | number | null>>();
  return results;
}

/** Everything that holds anybody's open turns is gone, and wakes anew. */
async function restart(conversation: string) {
  await abortAllDurableObjects();
  await runInDurableObject(stubOf(conversation), (_, { storage }) => storage.setAlarm(Date.now()));
}

test("it adds up where a model stood in, an answer was kept, and an object restarted in mid-answer", async () => {
  const one = await unlimited();
  const answer = async (model: string, rest: object = {}) =>
    one.json<Message>("/api/v1/chat", { json: { message: "How do tides work?", model, ...rest } });
  const told = [await answer("stub:tokens=40,delay=10,fault=drop,chain=stream")];
  expect(told[0]?.provider).toBe("anthropic");
  const model = `stub:tokens=8,tag=${newTag()}`;
  told.push(await answer(model, { cache: "on" }));
  const cached = await eventually(async () => {
    const again = await answer(model, { cache: "on" });
    told.push(again);
    return again.notices.some(({ code }) => code === "cached_answer") && again;
  });
  expect(cached.tokens_used?.total).toBe(0);

  // Cut off twice: once where the model that was asked for writes, once where another stands in.
  for (const [asked, speaks] of [
    ["stub:tokens=160,delay=15", "openai"],
    ["stub:tokens=60,delay=10,fault=drop,chain=restart", "anthropic"],
  ] as const) {
    const stream = await one.fetch("/api/v1/chat/stream", {
      json: { message: "How do tides work?", model: asked },
    });
    const id = stream.headers.get("X-Conversation-Id") ?? "";
    let begun = speaks === "openai";
    let tokens = 0;
    for await (const { event } of sse(stream)) {
      begun ||= event === "notice";
      if (begun && event === "token" && ++tokens > 3) break;
    }
    await scheduler.wait(600); // a batch of the log is stored
    await restart(id);
    const whole = await eventually(async () => {
      await scheduler.wait(200); // a minute has a hundred requests
      const [, message] = await one.messages(id);
      return message?.status === "completed" && message;
    }, 15_000);
    told.push(whole);
  }
  const events = await settled(one, told.length);
  const said = told.reduce((sum, { tokens_used }) => sum + (tokens_used?.total ?? 0), 0);
  expect(events.tokens).toBe(said);
  const calls = await callsOf(one);
  expect(calls.filter(({ cached: kept }) => kept !== null)).toHaveLength(1);
  // What was cut off is booked to whoever was writing then; nobody knows how long that took.
  const lost = calls.filter((call) => call["error"] === "interrupted" && call["latency_ms"] === 0);
  expect(lost.map(({ model: lostBy }) => String(lostBy)).toSorted()).toEqual([
    "anthropic/stub:tokens=120,delay=30",
    "openai/stub:tokens=160,delay=15",
  ]);
  expect((await one.json<Costs>("/api/v1/usage")).totals["total_tokens"]).toBe(events.tokens);
}, 60_000);

test("it adds up where a conversation is deleted while its title is made", async () => {
  const one = await unlimited();
  const { id } = await one.json<{ id: string }>("/api/v1/conversations", {
    json: { memory: { title: true } },
  });
  const { tokens_used } = await one.json<Message>("/api/v1/chat", {
    json: { message: "[[delay=400]] How do tides work?", model: PRICED.plain, conversation_id: id },
  });
  await scheduler.wait(150); // it has begun
  expect((await one.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(204);
  await eventually(
    async () => (await callsOf(one)).some(({ purpose }) => purpose === "title"),
    15_000,
  );
  const events = await settled(one, 1);
  expect(events.tokens).toBeGreaterThan(tokens_used?.total ?? 0);
  expect((await usedBy(one))["daily_cost"]).toBeCloseTo((events.cost ?? 0) / 1e6, 9);
}, 30_000);

test("a price that nobody knows is unknown, never zero; what is known is not hidden by it", async () => {
  const one = await unlimited();
  await one.chat({ message: "Hi", model: "stub:tokens=3" });
  await one.chat({ message: "Hi", model: "stub:fault=400" }); // nothing was used: that is known
  await settled(one, 2);
  const unknown = await one.json<Costs>("/api/v1/usage?group_by=model");
  expect(unknown.totals).toMatchObject({ cost: null, unpriced_calls: 1, unpriced_turns: 1 });
  expect(unknown.totals["unpriced_tokens"]).toBe(unknown.totals["total_tokens"]);
  expect(unknown.totals["unpriced_tokens"]).toBeGreaterThan(0);
  expect(unknown.groups.find(({ key }) => key === "openai/stub:tokens=3")?.cost).toBeNull();
  expect(unknown.groups.find(({ key }) => key === "openai/stub:fault=400")?.cost).toBe(0);
  expect(unknown.prices.map(({ source }) => source)).toEqual([null, null]);
  const csv = await (await one.fetch("/api/v1/usage?group_by=model&format=csv")).text();
  expect(csv).toMatch(/^openai\/stub:tokens=3(,\d+){7},,1,1,/m);

  await one.chat({ message: "Hi", model: PRICED.plain });
  await settled(one, 3);
  const { totals, prices } = await one.json<Costs>("/api/v1/usage");
  expect(totals["cost"]).toBeGreaterThan(0);
  expect(totals["unpriced_calls"]).toBe(1);
  expect(prices.find(({ model }) => model === PRICED.plain)?.source).toBe("MODEL_PRICES");
}, 30_000);

test("what cost nothing beside what nobody knows the price of is no sum: neither here nor in the overview", async () => {
  const [one, eve] = [await person(), await person({ role: "admin" })];
  const at = Date.UTC(2021, 6, 5, 12);
  const event = (about: object) => usageEvent({ user_id: one.id, at, ...about });
  await keepEvents([
    event({ provider: "ollama", model: "x", cost: 0 }),
    event({ model: "unknown", cost: null, prompt_tokens: 500 }),
    // An attempt that failed is no turn: it is told all the same.
    event({
      model: "retried",
      cost: null,
      prompt_tokens: 70,
      outcome: "failed",
      turn_status: null,
    }),
  ]);
  const days = "from=2021-07-05&to=2021-07-05";
  const { totals } = await one.json<Costs>(`/api/v1/usage?${days}`);
  expect(totals).toMatchObject({ cost: null, unpriced_calls: 2, unpriced_tokens: 572 });
  const overview = await eve.json<{ totals: Figures; by_model: Figures[] }>(
    `/api/v1/admin/analytics?${days}`,
  );
  expect(overview.totals).toMatchObject({
    turns: 2,
    cost: null,
    unpriced_turns: 1,
    unpriced_calls: 2,
    unpriced_tokens: 572,
  });
  expect(Object.fromEntries(overview.by_model.map(({ model, cost }) => [model, cost]))).toEqual({
    x: 0,
    unknown: null,
    retried: null,
  });
  await keepEvents([event({ model: "m", cost: 2_000_000 })]);
  expect((await one.json<Costs>(`/api/v1/usage?${days}`)).totals["cost"]).toBe(2);
});

test("the overview lists a hundred models and a hundred errors, the most frequent", async () => {
  const [one, eve] = [await person(), await person({ role: "admin" })];
  const at = Date.UTC(2021, 6, 8, 12);
  const names = Array.from({ length: 103 }, (_, n) => `m${n}`);
  await keepEvents(
    ["m102", ...names].map((model) =>
      usageEvent({ user_id: one.id, at, model, outcome: "failed", turn_error: model }),
    ),
  );
  const { by_model, errors } = await eve.json<{
    by_model: { model: string }[];
    errors: { code: string }[];
  }>("/api/v1/admin/analytics?from=2021-07-08&to=2021-07-08");
  expect([by_model.length, errors.length]).toEqual([100, 100]);
  expect([by_model[0]?.model, errors[0]?.code]).toEqual(["m102", "m102"]);
});

test("one's own usage is one's own in the tenant one acts in; nobody else's is in it", async () => {
  const [one, other] = [await person(), await person()];
  const at = Date.now() - 1000;
  await keepEvents([
    usageEvent({ user_id: one.id, at, model: "gpt-5.4", conversation_id: "conv_1" }),
    usageEvent({ user_id: one.id, at, tenant_id: "org_elsewhere", model: "secret" }),
    usageEvent({ user_id: other.id, at, tenant_id: one.id, model: "secret" }),
  ]);
  const own = await one.json<Costs>("/api/v1/usage?group_by=model");
  expect(own.groups.map(({ key }) => key)).toEqual(["openai/gpt-5.4"]);
  expect(own.totals).toMatchObject({ turns: 1, calls: 1, total_tokens: 2, cost: 0.000005 });
  expect(own.prices).toMatchObject([
    { model: "gpt-5.4", as_of: expect.stringMatching(/^20\d\d-\d\d-\d\d$/) as string },
  ]);
  const theirs = await other.json<Costs>("/api/v1/usage?group_by=conversation");
  expect(theirs).toMatchObject({ groups: [], prices: [], totals: { calls: 0, cost: 0 } });
  for (const query of ["group_by=user", "group_by=tier", "format=xlsx", "from=yesterday"])
    expect.soft(await one.told(`/api/v1/usage?${query}`)).toBe("400 VALIDATION_ERROR");
});

test("a spreadsheet runs nothing of what a caller calls its features", async () => {
  const [one, eve] = [await person(), await person({ role: "admin" })];
  const at = Date.UTC(2021, 0, 5);
  await keepEvents([usageEvent({ user_id: one.id, at, feature: '=HYPERLINK("http://evil")' })]);
  const query = "from=2021-01-05&to=2021-01-05&group_by=feature&format=csv";
  for (const [reader, path] of [
    [one, "/api/v1/usage"],
    [eve, "/api/v1/admin/costs"],
  ] as const) {
    const response = await reader.fetch(`${path}?${query}`);
    expect(response.headers.get("Content-Type")).toContain("text/csv");
    expect(await response.text()).toContain(`\r\n"'=HYPERLINK(""http://evil"")",1,1,1,1,2,`);
  }
});

test("costs are read along an index, whosever they are, and no more groups than a thousand", async () => {
  const everybody: [Whose, string][] = [
    ["everybody", "usage_events_at (at>? AND at<?)"],
    [{ tenant_id: "t" }, "usage_events_tenant (tenant_id=? AND at>? AND at<?)"],
    [
      { tenant_id: "t", user_id: "u" },
      "usage_events_user (user_id=? AND tenant_id=? AND at>? AND at<?)",
    ],
  ];
  for (const [whose, index] of everybody)
    for (const group_by of ALL)
      for (const query of costQueries(db, whose, { from: 1, to: 2 }, group_by)) {
        const plan = await planOf(query);
        expect.soft(plan, `${JSON.stringify(whose)} by ${group_by}`).toContain(`INDEX ${index}`);
        expect.soft(plan).not.toMatch(/SCAN (?!\(subquery)/);
      }
  const one = await person();
  const at = Date.UTC(2021, 1, 2);
  await keepEvents(
    Array.from({ length: 1003 }, (_, n) =>
      usageEvent({ user_id: one.id, at, feature: `f${n}`, cost: n }),
    ),
  );
  const query = "/api/v1/usage?from=2021-02-02&to=2021-02-02&group_by=feature";
  const read = await one.json<Costs>(query);
  expect(read.groups).toHaveLength(1000);
  expect(read.groups[0]?.key).toBe("f1002"); // the dearest first
  expect(read.has_more).toBe(true);
  expect(read.totals["turns"]).toBe(1003);
  // The file has no more groups, and adds up all the same.
  const csv = await (await one.fetch(`${query}&format=csv`)).text();
  const [head = "", ...lines] = csv.trimEnd().split("\r\n");
  expect(lines).toHaveLength(1001);
  expect(lines.at(-1)).toMatch(/^\(others\),3,3,3,3,6,0,0,0.000003,0,0,0,0,0,,$/);
  const names = head.split(",");
  for (const [name, value] of Object.entries(read.totals)) {
    if (name.startsWith("avg")) continue;
    const cells = lines.map((line) => Number(line.split(",")[names.indexOf(name)]));
    const sum = cells.reduce((all, cell) => all + cell, 0);
    expect.soft(sum, name).toBeCloseTo(value ?? 0, 9);
  }
});

test("a month's report: by feature, what it was worth, and what came of it", async () => {
  const [bob, eve] = [await person(), await person({ role: "admin" })];
  const at = Date.UTC(2022, 2, 31, 23, 59, 59, 999);
  const turn = (about: object) =>
    usageEvent({
      user_id: bob.id,
      at,
      feature: "support",
      cost: 200_000,
      latency_ms: 900,
      ...about,
    });
  await keepEvents([
    turn({}),
    turn({ latency_ms: 300 }),
    turn({ outcome: "failed", turn_error: "LLM_TIMEOUT", cost: 100_000 }),
    turn({ purpose: "title", turn_status: null, cost: 100_000, latency_ms: 0 }),
    turn({ cached: "exact", cost: 0, prompt_tokens: 0, completion_tokens: 0, latency_ms: 0 }),
    turn({ feature: "chat", cost: 400_000 }),
    turn({ feature: "odd", cost: null }),
    turn({ at: at + 1, cost: 9_000_000 }), // the month after
  ]);
  const { ask } = appWith({ FEATURE_VALUES: '{"support": 0.9, "odd": 2, "constructor": 1}' });
  const report = async (month: string) =>
    (
      await ask(`/api/v1/admin/costs/report?month=${month}`, {
        headers: { Authorization: `Bearer ${eve.token}` },
      })
    ).json<Record<string, unknown>>();
  expect(await report("2022-03")).toEqual({
    period: "2022-03",
    total_cost_usd: 1,
    total_requests: 6,
    cost_per_request: 0.166667,
    unpriced_calls: 1,
    by_feature: {
      support: {
        total_cost: 0.6,
        request_count: 4,
        total_tokens: 8,
        unpriced_calls: 0,
        avg_latency_ms: 700,
        success_rate: 0.75,
        value: 2.7,
        roi_percent: 350,
      },
      chat: {
        total_cost: 0.4,
        request_count: 1,
        total_tokens: 2,
        unpriced_calls: 0,
        avg_latency_ms: 900,
        success_rate: 1,
        value: null,
        roi_percent: null,
      },
      odd: {
        total_cost: null,
        request_count: 1,
        total_tokens: 2,
        unpriced_calls: 1,
        avg_latency_ms: 900,
        success_rate: 1,
        value: 2,
        roi_percent: null,
      },
    },
    has_more: false,
    value_usd: 4.7,
    roi_percent: null, // of some of it nobody knows what it cost
    cached: { hits: 1 },
    forecast: null,
  });
  expect(await report("2022-04")).toMatchObject({
    total_cost_usd: 9,
    total_requests: 1,
    value_usd: 0.9,
    roi_percent: -90,
  });
  expect(await report("2019-01")).toMatchObject({
    total_cost_usd: 0,
    total_requests: 0,
    cost_per_request: null,
    by_feature: {},
    value_usd: null,
    roi_percent: null,
  });
  for (const month of ["2022-13", "2022-3", "March"])
    expect(await eve.told(`/api/v1/admin/costs/report?month=${month}`)).toBe(
      "400 VALIDATION_ERROR",
    );
  expect(await bob.told("/api/v1/admin/costs/report")).toBe("403 FORBIDDEN");
});

test("the running month is foretold by its days so far", async () => {
  const [bob, eve] = [await person(), await person({ role: "admin" })];
  const day = (n: number) => Date.UTC(2023, 8, n, 6);
  await keepEvents(
    [1, 2, 3, 4].map((n) => usageEvent({ user_id: bob.id, at: day(n), cost: 2_000_000 })),
  );
  const { ask } = appWith({}, () => ({ now: () => Date.UTC(2023, 8, 5) }));
  const response = await ask("/api/v1/admin/costs/report", {
    headers: { Authorization: `Bearer ${eve.token}` },
  });
  expect(await response.json()).toMatchObject({
    period: "2023-09",
    total_cost_usd: 8,
    forecast: {
      method: "run_rate",
      days_observed: 4,
      expected_total_usd: 60,
      low_usd: 60,
      high_usd: 60,
    },
  });
});
