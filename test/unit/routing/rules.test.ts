// The built-in table, rule by rule, and what an operator's table may be.
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { route } from "../../../src/llm/routing/route.ts";
import { DEFAULT_RULES, routingTable } from "../../../src/llm/routing/rules.ts";
import { type Beside, features } from "./asked.ts";

const table = routingTable(readConfig({}));
const ruleFor = (text: string, beside?: Beside) =>
  route(features(text, beside), { user_tier: "enterprise", budget_left: null }, table).rule;

const EXAMPLES: [rule: string, text: string, beside?: Beside][] = [
  ["smalltalk", "Thank you so much!"],
  ["smalltalk", "no worries, thanks!", { context_tokens: 3000 }],
  ["courtesy", "thanks!", { tools: 6 }],
  ["courtesy", "Danke schön", { context_tokens: 90_000 }],
  ["courtesy", "Hello there!", { images: 1 }],
  ["nothing-yet", "ok", { context_tokens: 300 }],
  ["label", "Classify this ticket as billing, technical or other: 'My card was charged twice.'"],
  ["label", "What language is this: 'Þetta er íslenska'?"],
  ["label", `Give me a subject line for this email: ${"We met and spoke of it. ".repeat(90)}`],
  ["translation", "Translate 'Good night, see you tomorrow' into Spanish"],
  ["long-study", "Where do the two drafts contradict each other?", { context_tokens: 60_000 }],
  ["long-paste", `Tell me about this. ${"It was a dark night, and it rained. ".repeat(5000)}`],
  ["proof", "Prove that every group of order p^2 is abelian and derive the classification."],
  [
    "deep",
    "Design a distributed queue: compare the trade-offs, analyse its failure modes and plan a migration.",
  ],
  [
    "deep-and-bound",
    "Work out a strategy and a roadmap for us: at least two markets, at most 3 hires, without debt, within a year, and it must include a fallback.",
  ],
  ["long-context", "And what came of it in the end, for her?", { context_tokens: 20_000 }],
  ["long-text", `Tell me about this. ${"It was a dark night, and it rained. ".repeat(900)}`],
  [
    "code",
    "Why does this print undefined three times?\n```js\nfor (var i = 0; i < 3; i++) go(i)\n```",
  ],
  ["programming", "Write a Python function that merges two sorted lists and removes duplicates."],
  ["sum", "What is 15% of 240?"],
  [
    "word-problem",
    "Anna has 12 marbles, gives 3 to Ben and buys 4 more. She splits them among 5 friends. How many does each get?",
  ],
  ["mathematics", "Please solve the differential equation that describes a pendulum at rest"],
  [
    "reasoning",
    "Compare a monolith with microservices for a team of six, weigh the risks and recommend one.",
  ],
  [
    "bound",
    "Plan a dinner for us: it must be vegan, without nuts, under an hour, with at least three courses, and never twice the same vegetable.",
  ],
  ["agent", "Find the cheapest flight, then book it, finally tell my team.", { tools: 5 }],
  ["picture", "Do you like the colours in here, and why so?", { images: 1 }],
  ["long-lookup", "I would love to hear where she went.", { context_tokens: 9000 }],
  [
    "reckoning",
    "A shop sells 3 apples for $2, so tell me please how much do 12 apples cost there?",
  ],
  ["lookup", "Who wrote Faust?"],
  ["lookup", "What's the dress code for the gala?"],
  ["lookup", "How do I reset my password?"],
  ["short", "sunny side up"],
  ["tools", "Book a table for two, somewhere quiet, tomorrow evening", { tools: 3 }],
  ["general", "Explain how vaccines work"],
  ["general", "Write a short email to my landlord about a broken heater"],
  ["general", "go on"],
  ["general", "Is P = NP?"],
  ["general", "What is the integral of sin(x)/x from 0 to infinity?"],
  ["general", "yes", { context_tokens: 900 }],
  ["tools", "ok, do it", { tools: 3, context_tokens: 900 }],
  ["picture", "ok, thanks", { images: 1 }],
  ["long-context", "yes please", { context_tokens: 20_000 }],
];

test.each(EXAMPLES)("%s: %.60s", (rule, text, beside) => {
  expect(ruleFor(text, beside)).toBe(rule);
});

test.each([
  "yes",
  "Yes, please!",
  "ok, do it",
  "Sure, go ahead",
  "oui",
  "Ja, bitte",
  "sí, claro",
  "va bene",
  "tak, zrób to",
  "да, давай",
  "نعم",
  "हाँ",
  "好的",
  "好",
  "はい、お願いします",
  "네, 좋아요",
  "no",
])("what agrees to something is as hard as that: %s", (text) => {
  for (const beside of [{ tools: 4 }, { context_tokens: 2000 }, { context_tokens: 40_000 }]) {
    const asker = { user_tier: "enterprise", budget_left: null } as const;
    expect(route(features(text, beside), asker, table).tier).not.toBe("ultra-cheap");
  }
});

test("every rule of the table has an example", () => {
  const shown = new Set(EXAMPLES.map(([rule]) => rule));
  expect(DEFAULT_RULES.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
});

test("the built-in table is one that an operator could write", () => {
  const { rules, budget } = table;
  const config = readConfig({ ROUTING_RULES: JSON.stringify({ rules, budget }) });
  expect(routingTable(config)).toEqual(table);
});

test("an operator's rules replace the table, and what they leave out stays", () => {
  const rules = [{ id: "all", when: {}, tier: "premium", why: "We want it so." }];
  const written = routingTable(readConfig({ ROUTING_RULES: JSON.stringify({ rules }) }));
  expect(written).toEqual({ ...table, rules });
  const most = routingTable(readConfig({ ROUTING_MOST: '{"free": "premium"}' })).most;
  expect(most).toEqual({ ...table.most, free: "premium" });
});

const REST = { id: "rest", tier: "standard", why: "The rest." };
const RULES = (...rules: object[]) => ({ ROUTING_RULES: JSON.stringify({ rules }) });

test.each<[object, string]>([
  [{ ROUTING_RULES: "cheap" }, 'ROUTING_RULES: should be a JSON object of "rules" and "budget"'],
  [{ ROUTING_RULES: "[]" }, "ROUTING_RULES: should be a JSON object"],
  [
    { ROUTING_RULES: '{"rule": []}' },
    'ROUTING_RULES: should be without "rule": its keys are rules, budget',
  ],
  [
    RULES(),
    'ROUTING_RULES.rules: should be rules of which the last, and no other, has an empty "when"',
  ],
  [
    RULES({ ...REST, when: { code: { min: 1 } } }),
    "ROUTING_RULES.rules: should be rules of which the last",
  ],
  [
    RULES({ ...REST, id: "a" }, REST),
    "ROUTING_RULES.rules: should be rules of which the last, and no other",
  ],
  [
    RULES({ ...REST, when: { code: { min: 1 } } }, REST),
    "ROUTING_RULES.rules: should be rules whose ids differ",
  ],
  [
    RULES({ ...REST, id: "a", when: { lenght: { min: 1 } } }, REST),
    'ROUTING_RULES.rules[0].when: should be without "lenght": its keys are tokens, context_tokens',
  ],
  [
    RULES({ ...REST, id: "a", when: { code: true } }, REST),
    "ROUTING_RULES.rules[0].when.code: should be a JSON object",
  ],
  [
    RULES({ ...REST, id: "a", when: { code: { min: 3, max: 2 } } }, REST),
    "ROUTING_RULES.rules[0].when.code: should be with a min that is not above its max",
  ],
  [
    RULES({ ...REST, id: "a", when: { lookup: "yes" } }, REST),
    "ROUTING_RULES.rules[0].when.lookup: should be true or false",
  ],
  [
    RULES({ ...REST, tier: "cheap" }),
    "ROUTING_RULES.rules[0].tier: should be one of ultra-cheap, standard, premium, ultra-premium",
  ],
  [RULES({ ...REST, id: "The rest" }), "ROUTING_RULES.rules[0].id: should be an id of a-z"],
  [RULES({ ...REST, why: "" }), "ROUTING_RULES.rules[0].why: should be a sentence"],
  [
    { ROUTING_RULES: '{"budget": [{"below": 10, "most": "standard"}]}' },
    "ROUTING_RULES.budget[0].below: should be a share from 0 to 1",
  ],
  [{ ROUTING_TIERS: "premium" }, "ROUTING_TIERS: should be a JSON object of models by tier"],
  [
    { ROUTING_TIERS: '{"best": "gpt-5.5"}' },
    'ROUTING_TIERS: should be without "best": its keys are ultra-cheap',
  ],
  [
    { ROUTING_TIERS: '{"premium": "acme/m"}' },
    "ROUTING_TIERS.premium: should be a model, or provider/model",
  ],
  [
    { ROUTING_TIERS: '{"premium": "openai/gpt-5.4"}' },
    "OPENAI_API_KEY: should be set where ROUTING_TIERS.premium is openai",
  ],
  [
    { ROUTING_MOST: '{"gold": "premium"}' },
    'ROUTING_MOST: should be without "gold": its keys are anonymous, free',
  ],
  [{ ROUTING_MOST: '{"free": "all"}' }, "ROUTING_MOST.free: should be one of ultra-cheap"],
])("%j is refused with what it should be", (env, message) => {
  expect(() => readConfig(env)).toThrow(message);
});
