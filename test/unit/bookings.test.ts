// Calls as the books hold them: whose they were, what they cost, and under which ids.
import { expect, test } from "vitest";
import { bookings } from "../../src/llm/bookings.ts";
import { Meter } from "../../src/llm/calls.ts";
import { makePrices } from "../../src/llm/prices.ts";
import { lastAsked } from "../../src/conversation/lost.ts";
import { bookedAfter } from "../../src/conversation/settlement.ts";
import type { ConversationRecord } from "../../src/conversation/record.ts";
import type { Charge } from "../../src/protocol/charge.ts";
import type { Notice } from "../../src/protocol/message.ts";

const prices = makePrices({ MODEL_PRICES: {} });
const charge = { account: "u", key_id: null, tier: "free", reservation: null } as Charge;

function embedded(model: string, tokens: number) {
  const meter = new Meter(() => 1000);
  meter.embedded({
    provider: "openai",
    model,
    tokens,
    latency_ms: 40,
    outcome: "completed",
    error: null,
  });
  return meter.calls();
}

test("what an embedder read is booked by itself, and is no answer", () => {
  const { events, spent } = bookings(
    embedded("text-embedding-3-large", 1000),
    {
      turn_id: "turn_1",
      mark: "turn_1:1",
      tenant_id: "t",
      conversation_id: null,
      charge,
      feature: "direct",
      end: { status: "completed", error: null },
      now: 1000,
    },
    prices,
  );
  expect(events).toMatchObject([
    {
      id: "turn_1:1:0",
      at: 960,
      purpose: "embedding",
      provider: "openai",
      model: "text-embedding-3-large",
      prompt_tokens: 1000,
      completion_tokens: 0,
      cost: 130,
      latency_ms: 40,
      turn_status: null,
    },
    { id: "turn_1:1:1", purpose: "chat", provider: null, turn_status: "completed" },
  ]);
  expect(spent).toEqual({ prompt: 1000, completion: 0, cost: 130 });
});

test("of what is asked beside a turn nothing has the id of something else, whenever it is", () => {
  const record = { id: "c", tenant_id: "t" } as ConversationRecord;
  const book = (attempt: number) =>
    bookedAfter(
      record,
      "turn_1",
      { charge, feature: undefined },
      { attempt, prompt: 0, completion: 0, cost: 0 },
      embedded("text-embedding-3-small", 5),
      prices,
      1000,
    );
  const first = book(1);
  const second = book(first.spent.attempt);
  expect(second.usage[0]?.id).not.toBe(first.usage[0]?.id);
});

const notice = (code: Notice["code"], details: Record<string, unknown> = {}): Notice => ({
  code,
  message: "",
  details,
});
const AUTO = notice("model_chosen", { provider: "openai", model: "gpt-5.5" });
const STOOD_IN = notice("fallback", { to: "groq/openai/gpt-oss-20b" });
const NOW = { provider: "openai", model: "gpt-5.4-mini" };

test.each<[string, { epoch: number; notice: Notice }[], number, object | null]>([
  ["who would be chosen now, where no notice says more", [], 1, NOW],
  [
    "who was chosen for the message",
    [{ epoch: 1, notice: AUTO }],
    1,
    { provider: "openai", model: "gpt-5.5" },
  ],
  [
    "who stood in",
    [
      { epoch: 1, notice: AUTO },
      { epoch: 1, notice: STOOD_IN },
    ],
    1,
    { provider: "groq", model: "openai/gpt-oss-20b" },
  ],
  [
    "who was chosen, again, where a later run began with that",
    [
      { epoch: 1, notice: AUTO },
      { epoch: 1, notice: STOOD_IN },
      { epoch: 2, notice: notice("recovered") },
    ],
    2,
    { provider: "openai", model: "gpt-5.5" },
  ],
  [
    "nobody, where the answer was kept from before",
    [{ epoch: 1, notice: notice("cached_answer") }],
    1,
    null,
  ],
  [
    "who would be chosen now, where a notice is odd",
    [{ epoch: 1, notice: notice("fallback") }],
    1,
    NOW,
  ],
])("a call that was cut off is booked to %s", (_, notices, epoch, asked) => {
  expect(lastAsked(notices, epoch, NOW)).toEqual(asked);
});
