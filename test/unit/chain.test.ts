// Who of a chain is asked, in which order, and what its reader is told.
import { expect, test } from "vitest";
import { Breakers, type BreakerCalls } from "../../src/llm/breakers.ts";
import { Meter } from "../../src/llm/calls.ts";
import { answerFrom, type ChainServices, type Link } from "../../src/llm/chain.ts";
import { ProviderCircuits } from "../../src/llm/circuits.ts";
import { ProviderError, type ProviderErrorKind } from "../../src/llm/errors.ts";
import type { ModelEvent, ModelRequest } from "../../src/llm/provider.ts";
import type { AnswerEvent } from "../../src/llm/seam.ts";
import type { Notice } from "../../src/protocol/message.ts";
import { metadataOf } from "../../src/turn/outcome.ts";
import { keptLog } from "../integration/app-with.ts";
import { ONCE } from "./memory/asking.ts";

/** Words, and kinds of failures. */
type Says = string[];

const KINDS: ReadonlySet<string> = new Set<ProviderErrorKind>([
  "failed",
  "interrupted",
  "invalid_request",
  "authentication",
  "context_too_long",
]);

/** Models that say what they are told to, one list an ask: a failure's kind is that failure. */
function chain(scripts: Record<string, { says: Says[]; context?: number; images?: boolean }>) {
  const asked: string[] = [];
  const links = Object.entries(scripts).map(
    ([id, { says, context = 100_000, images = true }]): Link => {
      async function* stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
        const turn = says[asked.filter((it) => it === id).length] ?? says.at(-1) ?? [];
        asked.push(id);
        for (const it of turn) {
          if (KINDS.has(it)) throw new ProviderError(it as ProviderErrorKind, id);
          yield { type: "text", text: it };
        }
        yield { type: "finish", reason: { unified: "stop", raw: request.model }, usage: undefined };
      }
      return {
        provider: {
          id,
          defaultModel: "m",
          cheapModel: undefined,
          tiers: {},
          timeout: 1000,
          contextTokens: () => context,
          capabilities: () => ({ tools: true, images, json_schema: true, reasoning: false }),
          stream,
          list: () => Promise.resolve([]),
        },
        model: "m",
        timeout: 1000,
      };
    },
  );
  return { asked, links };
}

const request: ModelRequest = {
  purpose: "chat",
  model: "m",
  system: undefined,
  messages: [{ role: "user", content: "Hi" }],
  settings: {},
  defaults: { temperature: 1, max_tokens: 100 },
  continues: undefined,
};
const never = new AbortController().signal;

async function told(
  links: Link[],
  change: Partial<ModelRequest> = {},
  services: ChainServices = ONCE,
) {
  const events: AnswerEvent[] = [];
  const meter = new Meter(() => 0);
  let thrown: unknown;
  try {
    for await (const event of answerFrom(links, { ...request, ...change }, never, meter, services))
      events.push(event);
  } catch (error) {
    thrown = error;
  }
  let text = change.continues ?? "";
  const notices: Notice[] = [];
  for (const event of events) {
    if (event.type === "text") text += event.text;
    if (event.type === "rewind") text = text.slice(0, event.offset);
    if (event.type === "notice") notices.push(event.notice);
  }
  return { text, notices, thrown };
}

test("what another model refuses is its own affair: the next is asked, and the first error is told", async () => {
  const three = chain({
    a: { says: [["failed"]] },
    b: { says: [["invalid_request"]] },
    c: { says: [["ok"]] },
  });
  expect((await told(three.links)).text).toBe("ok");
  expect(three.asked).toEqual(["a", "b", "c"]);
  const two = chain({ a: { says: [["failed"]] }, b: { says: [["invalid_request"]] } });
  expect((await told(two.links)).thrown).toMatchObject({ kind: "failed" });
});

test("a model that sees no pictures, or reads too little, is passed over", async () => {
  const blind = chain({
    a: { says: [["failed"]] },
    b: { says: [["no"]], images: false },
    c: { says: [["ok"]] },
  });
  const images = [{ url: "data:image/png;base64,AA==" }];
  const seen = await told(blind.links, { messages: [{ role: "user", content: "?", images }] });
  expect(seen.text).toBe("ok");
  expect(blind.asked).toEqual(["a", "c"]);
  const small = chain({ a: { says: [["failed"]] }, b: { says: [["lost it"]], context: 4096 } });
  const long = [{ role: "user" as const, content: "lorem ipsum dolor ".repeat(20_000) }];
  expect((await told(small.links, { messages: long })).thrown).toMatchObject({ kind: "failed" });
  expect(small.asked).toEqual(["a"]);
});

test("whoever broke off is asked for the rest also where the last of the chain is passed over", async () => {
  const it = chain({
    a: { says: [["Hello world, this is ", "interrupted"], ["the rest of it."]] },
    b: { says: [["no"]], images: false },
  });
  const images = [{ url: "data:image/png;base64,AA==" }];
  const seen = await told(it.links, { messages: [{ role: "user", content: "?", images }] });
  expect(seen.text).toBe("Hello world, this is the rest of it.");
  expect(it.asked).toEqual(["a", "a"]);
});

test("what was too long for one model is asked of those that read more, and of no others", async () => {
  const it = chain({
    a: { says: [["context_too_long"]], context: 8000 },
    b: { says: [["no"]], context: 8000 },
    c: { says: [["ok"]], context: 64_000 },
  });
  expect((await told(it.links)).text).toBe("ok");
  expect(it.asked).toEqual(["a", "c"]);
});

test("a seam names those on its two sides", async () => {
  const it = chain({
    a: { says: [["failed"]] },
    b: { says: [["Hello there, this is b speaking. ", "interrupted"]] },
    c: { says: [["Quite another matter follows here."]] },
  });
  const { notices } = await told(it.links);
  expect(
    notices.map(({ offset, details }) => [offset, details?.["from"], details?.["to"]]),
  ).toEqual([
    [0, "a/m", "b/m"],
    [33, "b/m", "c/m"],
  ]);
});

test("the seams of a text that was begun anew went with it", async () => {
  const opening = "Alpha beta gamma delta epsilon. ";
  const it = chain({
    a: { says: [[opening, "interrupted"]] },
    b: { says: [["Unrelated words of some length. ".repeat(6), "interrupted"]] },
    c: {
      says: [
        [`${opening}Written again from the very start, otherwise than before.`.padEnd(200, ".")],
      ],
    },
  });
  const { text, notices } = await told(it.links);
  expect(text.startsWith(`${opening}Written again`)).toBe(true);
  const tally = { provider: null, model: null, usage: null, estimated: false };
  const metadata = metadataOf({ status: "completed", finish_reason: "stop" }, tally, notices);
  expect(metadata["seams"]).toBeUndefined();
});

test("where nobody else can go on, whoever broke off is asked for the rest, once", async () => {
  const it = chain({
    a: { says: [["Hello world, this is ", "interrupted"], ["the rest, which goes on."]] },
    b: { says: [["authentication"]] },
  });
  const { text, notices } = await told(it.links);
  expect(text).toBe("Hello world, this is the rest, which goes on.");
  expect(it.asked).toEqual(["a", "b", "a"]);
  expect(notices.map(({ code }) => code)).toEqual(["recovered"]);
  const gone = chain({
    a: { says: [["Hello world, this is ", "interrupted"], ["interrupted"]] },
  });
  expect((await told(gone.links)).thrown).toMatchObject({ kind: "interrupted" });
  expect(gone.asked).toEqual(["a", "a"]);
});

test.each([
  [
    "the last word again",
    "The moon pulls the",
    " pulls the water of the oceans.",
    " water of the oceans.",
  ],
  ["the line's indentation", "x = 1\n    ", "    return x", "return x"],
  ["a beginning of three letters", "The", "The tide comes in.", " tide comes in."],
])("%s is trimmed, and nothing that was said is taken back", async (_, partial, rest, added) => {
  const it = chain({ a: { says: [[partial, "interrupted"]] }, b: { says: [[rest]] } });
  expect((await told(it.links)).text).toBe(`${partial}${added}`);
});

/** Circuits over an object of their own, with a clock and a background in the test's hands. */
function circuits() {
  const clock = { now: 1_000_000 };
  const policy = { failures: 5, cooldown: 60_000 };
  const objects = new Map<string, ProviderCircuits>();
  const pending: Promise<unknown>[] = [];
  const object = (provider: string): BreakerCalls => {
    const its =
      objects.get(provider) ??
      new ProviderCircuits(policy, { get: () => undefined, put: () => undefined }, () => clock.now);
    objects.set(provider, its);
    return {
      look: (asks) => Promise.resolve(its.look(asks)),
      report: (model, ended) => Promise.resolve(its.report(model, ended)),
    };
  };
  const breakers = new Breakers(policy, {
    object,
    background: (work) => void pending.push(work),
    now: () => clock.now,
    log: keptLog().log,
  });
  const open = (provider: string) => {
    for (let n = 0; n < 5; n++) breakers.failed(provider, "m", undefined);
  };
  const settle = async () => void (await Promise.all(pending.splice(0)));
  return { clock, breakers, open, settle, services: { ...ONCE, breakers } };
}

test("a fallback that may be back is asked when the first fails, whoever looked at its circuit before", async () => {
  const { clock, breakers, open, settle, services } = circuits();
  open("b");
  await settle();
  clock.now += 61_000;
  breakers.phase("b", "m"); // as a readiness check does
  await settle();
  const it = chain({ a: { says: [["ok"], ["failed"]] }, b: { says: [["b is well"]] } });
  expect((await told(it.links, {}, services)).text).toBe("ok");
  await settle();
  expect((await told(it.links, {}, services)).text).toBe("b is well");
  expect(it.asked).toEqual(["a", "a", "b"]);
});

test("of many at once one finds out whether a model is back; the others are told when to come", async () => {
  const { clock, open, settle, services } = circuits();
  open("a");
  await settle();
  clock.now += 61_000;
  const it = chain({ a: { says: [["failed"]] } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => told(it.links, {}, services)));
  expect(it.asked).toEqual(["a"]);
  const reasons = answers.map(({ thrown }) =>
    thrown instanceof ProviderError ? "failed" : "offline",
  );
  expect(reasons.filter((reason) => reason === "offline")).toHaveLength(19);
});

test("a model whose circuit is open is not asked, and the text says when it will be", async () => {
  const { clock, open, settle, services } = circuits();
  open("a");
  await settle();
  clock.now += 20_000;
  const it = chain({ a: { says: [["ok"]] } });
  expect((await told(it.links, {}, services)).thrown).toMatchObject({
    failure: { code: "SERVICE_UNAVAILABLE", details: { retry_after: 40 } },
  });
  expect(it.asked).toEqual([]);
});
