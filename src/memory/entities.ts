// Entity memory: who and what a conversation is about (seed 003 §7.3). A model finds them; merging and
// choosing which to show is plain data.
import { z } from "zod";
import { estimateTokens } from "../llm/tokens.ts";
import type { Ask } from "./ask.ts";
import { jsonIn } from "./json.ts";
import { isRefusal, RubbishAnswer } from "./rubbish.ts";
import { cutAtWord, oneLine, quoteSaid, type Said } from "./said.ts";

export const ENTITY_TYPES = [
  "person",
  "organization",
  "product",
  "location",
  "date",
  "event",
  "other",
] as const;

type EntityType = (typeof ENTITY_TYPES)[number];

export type Found = { name: string; type: EntityType; attributes: Record<string, string> };

export type Entity = Found & {
  /** Milliseconds, newest last: the last twenty. */
  mentions: number[];
  mention_count: number;
  /** Milliseconds. */
  last_updated: number;
};

const MOST_FOUND = 30;
const MOST_KEPT = 200;
const MOST_MENTIONS = 20;
const MOST_ATTRIBUTES = 12;
/** UTF-16 units. */
const LONGEST_NAME = 100;
const LONGEST_KEY = 40;
const LONGEST_VALUE = 200;
/** Tokens of messages in one question. */
const MOST_AT_ONCE = 4000;
const MOST_EACH = 1500;

const TASK = [
  "Find the named entities in the messages: what a reader would have to know later to follow the conversation.",
  `Answer with nothing but JSON: {"entities": [{"name": "…", "type": "…", "attributes": {"…": "…"}}]}, at most ${MOST_FOUND}. Types: ${ENTITY_TYPES.join(", ")}.`,
  "Write each name as it stands in the messages, in its fullest form. Attributes are facts that the messages state of it, a few words each, in the language of the messages; none where there are none.",
  "Leave out passwords, keys, card numbers and other secrets. Where there is no entity, the array is empty.",
].join("\n");

/** What models write for the types, other than the types. */
const TYPE_NAMES: Readonly<Record<string, EntityType>> = {
  org: "organization",
  organisation: "organization",
  company: "organization",
  people: "person",
  per: "person",
  place: "location",
  loc: "location",
  gpe: "location",
  city: "location",
  country: "location",
  time: "date",
  software: "product",
};

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const saidEntity = z.object({
  name: z.union([z.string(), z.number()]),
  type: z.unknown(),
  attributes: z.record(z.string(), z.unknown()).catch({}),
});

/**
 * The entities that `messages` speak of; none is an answer, too.
 * @throws {RubbishAnswer} where the answer is no such JSON
 * @throws {AppError} what `ask` throws
 */
export async function extractEntities(ask: Ask, messages: readonly Said[]): Promise<Found[]> {
  if (messages.length === 0) return [];
  const each = Math.min(MOST_EACH, Math.floor(MOST_AT_ONCE / messages.length));
  const answer = await ask({
    purpose: "entities",
    system: TASK,
    prompt: quoteSaid(messages, each),
    max_tokens: 1500,
  });
  const values = jsonIn(answer);
  if (values.length === 0)
    throw new RubbishAnswer("entities", isRefusal(answer.trim()) ? "refusal" : "unreadable");
  const items = values.flatMap(itemsOf);
  const readable = items.flatMap((item) => foundIn(item) ?? []);
  if (items.length > 0 && readable.length === 0) throw new RubbishAnswer("entities", "unreadable");
  const said = keyOf(messages.map(({ content }) => content).join("\n"));
  const unique = new Map(
    readable
      .filter((found) => found.type === "date" || isSaid(found.name, said))
      .map((found) => [keyOf(found.name), found]),
  );
  return [...unique.values()].slice(0, MOST_FOUND);
}

/** `[…]`, `{"entities": […]}`, or an entity by itself, which is left where an array broke off. */
function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const listed = z.object({ entities: z.array(z.unknown()) }).safeParse(value);
  return listed.success ? listed.data.entities : [value];
}

function foundIn(item: unknown): Found | null {
  const parsed = saidEntity.safeParse(item);
  if (!parsed.success) return null;
  const name = oneLine(String(parsed.data.name));
  if (name.length > LONGEST_NAME || !/[\p{L}\p{N}]/u.test(name)) return null;
  const attributes = Object.entries(parsed.data.attributes).flatMap(([key, value]) => {
    const plain = scalar.safeParse(value);
    const [named, says] = [oneLine(key), plain.success ? oneLine(String(plain.data)) : ""];
    if (named === "" || named.length > LONGEST_KEY || named === "__proto__" || says === "")
      return [];
    return [[named, cutAtWord(says, LONGEST_VALUE)] as const];
  });
  return {
    name,
    type: typeOf(parsed.data.type),
    attributes: Object.fromEntries(attributes.slice(0, MOST_ATTRIBUTES)),
  };
}

function typeOf(said: unknown): EntityType {
  const name = typeof said === "string" ? said.trim().toLowerCase() : "";
  return ENTITY_TYPES.find((type) => type === name) ?? TYPE_NAMES[name] ?? "other";
}

/** Models invent, or repeat an example of their own: some word of a name must have been said. */
function isSaid(name: string, said: string): boolean {
  return wordsOf(name).some((word) => holds(said, word));
}

/** By what names are told apart: width, ligatures and case make no difference. */
function keyOf(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

const wordsOf = (name: string) => keyOf(name).match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * What was known with what was found at `at` (milliseconds). The newer attribute wins; of more than
 * two hundred, those go first that were not mentioned for longest.
 */
export function mergeEntities(
  known: readonly Entity[],
  found: readonly Found[],
  at: number,
): Entity[] {
  const entities = new Map(known.map((entity) => [keyOf(entity.name), entity]));
  const mentioned = new Set<string>();
  for (const one of found) {
    const key = keyOf(one.name);
    const before = entities.get(key);
    entities.set(key, merged(before, one, at, !mentioned.has(key)));
    mentioned.add(key);
  }
  const kept = new Set([...entities.values()].sort(byLastMention).slice(0, MOST_KEPT));
  return [...entities.values()].filter((entity) => kept.has(entity));
}

function merged(before: Entity | undefined, found: Found, at: number, counts: boolean): Entity {
  const all = [...Object.entries(before?.attributes ?? {}), ...Object.entries(found.attributes)];
  // What is said again moves to the end: the newest are kept.
  const attributes = new Map<string, string>();
  for (const [key, value] of all) {
    attributes.delete(key);
    attributes.set(key, value);
  }
  const mentions = [...(before?.mentions ?? []), ...(counts ? [at] : [])].sort((a, b) => a - b);
  return {
    name: before?.name ?? found.name,
    type: found.type === "other" ? (before?.type ?? "other") : found.type,
    attributes: Object.fromEntries([...attributes].slice(-MOST_ATTRIBUTES * 2)),
    mentions: mentions.slice(-MOST_MENTIONS),
    mention_count: (before?.mention_count ?? 0) + (counts ? 1 : 0),
    last_updated: Math.max(at, before?.last_updated ?? at),
  };
}

const byLastMention = (a: Entity, b: Entity) => (b.mentions.at(-1) ?? 0) - (a.mentions.at(-1) ?? 0);

/**
 * The entities as a section of a prompt, within `budget` tokens: those that `query` names first, then
 * the last mentioned. "" where there is nothing to say.
 */
export function renderEntities(entities: readonly Entity[], query: string, budget: number): string {
  const asked = keyOf(query);
  const ranked = entities
    .map((entity) => ({ entity, named: namedIn(entity.name, asked) }))
    .sort((a, b) => b.named - a.named || byLastMention(a.entity, b.entity));
  const lines = ["## Known Entities"];
  let tokens = estimateTokens("## Known Entities\n");
  for (const { entity } of ranked) {
    const line = lineOf(entity);
    const cost = estimateTokens(line) + 1;
    if (tokens + cost > budget) continue;
    tokens += cost;
    lines.push(line);
  }
  return lines.length === 1 ? "" : lines.join("\n");
}

function lineOf({ name, type, attributes }: Entity): string {
  const facts = Object.entries(attributes).map(([key, value]) => `${key}: ${value}`);
  return `- ${name} (${type})${facts.length === 0 ? "" : `: ${facts.join(", ")}`}`;
}

/** 2 where the whole name is said, 1 where a word of it is, else 0. */
function namedIn(name: string, asked: string): 0 | 1 | 2 {
  if (holds(asked, keyOf(name))) return 2;
  return wordsOf(name).some((word) => word.length > 2 && holds(asked, word)) ? 1 : 0;
}

/** Whether `text` holds `name` as a word of its own; scripts without spaces have no such thing. */
function holds(text: string, name: string): boolean {
  if (name === "") return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (isEdge(text.slice(at - 1, at + 1)) && isEdge(text.slice(end - 1, end + 1))) return true;
  }
  return false;
}

/** Whether a word may begin or end between these two units. */
function isEdge(around: string): boolean {
  return !/^[\p{L}\p{N}]{2}$/u.test(around) || /[\u2E80-\uFFFF]/.test(around);
}
