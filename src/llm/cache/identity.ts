// What makes two requests the same to a cache. The partition is everything that an answer depends on
// but the messages: an answer never leaves it, whatever the words. Pure, but for the digest.
import type { ResponseFormat, ToolChoice, ToolDefinition } from "../../protocol/tool.ts";
import type { ModelMessage, ModelRequest, ModelSettings } from "../provider.ts";
import { invisibleIn } from "./visible.ts";

/** All that an answer depends on. Two tenants share nothing, so the tenant always comes first. */
export type Asked = {
  tenant_id: string;
  provider: string;
  model: string;
  system: string | undefined;
  tools: readonly ToolDefinition[] | undefined;
  tool_choice: ToolChoice | undefined;
  parallel_tool_calls: boolean | undefined;
  response_format: ResponseFormat | undefined;
  /** What may be looked up for it: collections and their versions, in any order. */
  knowledge: readonly string[];
  settings: ModelSettings;
  /** In force where `settings` do not say: said or left to us, it is the same request. */
  defaults: ModelRequest["defaults"];
  /** Exchanges that come with the prompt and not from the conversation. */
  examples?: readonly ModelMessage[] | undefined;
  messages: readonly ModelMessage[];
};

export type Identity = {
  tenant_id: string;
  provider: string;
  model: string;
  /** SHA-256, hexadecimal: everything but the messages. */
  partition: string;
  /** SHA-256, hexadecimal: the partition and the messages, pictures included. */
  exact: string;
  /**
   * The words to find similar ones by; null where they are not the whole question: a conversation
   * went before it, there are pictures, results of tools or what nobody sees, or too many of them.
   */
  question: string | null;
};

/** UTF-16 units. Of longer texts similarity says little, and one word in them may decide. */
export const LONGEST_QUESTION = 2000;

export async function identify(asked: Asked): Promise<Identity> {
  const { tenant_id, provider, model, messages } = asked;
  const partition = await digest([
    tenant_id,
    {
      provider,
      model,
      system: asked.system,
      tools: asked.tools ?? [],
      tool_choice: asked.tool_choice,
      parallel_tool_calls: asked.parallel_tool_calls,
      response_format: asked.response_format,
      knowledge: [...new Set(asked.knowledge)].sort(),
      settings: { ...asked.defaults, ...said(asked.settings) },
      examples: asked.examples ?? [],
    },
  ]);
  const exact = await digest([tenant_id, partition, messages]);
  return { tenant_id, provider, model, partition, exact, question: questionOf(messages) };
}

/** The same request in a generation of its tenant's answers. */
export async function inGeneration(identity: Identity, generation: number): Promise<Identity> {
  const { tenant_id } = identity;
  const [partition, exact] = await Promise.all([
    digest([tenant_id, generation, identity.partition]),
    digest([tenant_id, generation, identity.exact]),
  ]);
  return { ...identity, partition, exact };
}

function questionOf(messages: readonly ModelMessage[]): string | null {
  const [only, second] = messages;
  if (second !== undefined || only?.role !== "user") return null;
  if (only.name !== undefined) return null;
  if (only.images !== undefined && only.images.length > 0) return null;
  if (invisibleIn(only.content).length > 0) return null;
  const question = only.content.trim();
  return question === "" || question.length > LONGEST_QUESTION ? null : question;
}

/** What is undefined was not said, and must not hide the default. */
function said(settings: ModelSettings): ModelSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

async function digest(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(value));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * JSON with its keys in order. Being JSON it has quotes and brackets around everything: no text can be
 * moved from one field to another without a trace.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === undefined) return "null";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(",")}}`;
}
