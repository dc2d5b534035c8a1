// Every adapter against the stub, and what tests ask of all of them.
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { ProviderError } from "../../../src/llm/errors.ts";
import type { ModelEvent, ModelRequest, Progress, Provider } from "../../../src/llm/provider.ts";
import { anthropicProvider } from "../../../src/llm/providers/anthropic/provider.ts";
import { openaiProvider } from "../../../src/llm/providers/openai/provider.ts";
import { openaiVendors } from "../../../src/llm/providers/openai/vendors.ts";
import { workersAiProvider } from "../../../src/llm/providers/workers-ai/provider.ts";
import { VENDORS } from "../../../src/vendors.ts";
import type { Journal } from "../../stub/provider.ts";

export const KEY = "sk-secret-key";
export type VendorFetch = typeof fetch;
const fetching: VendorFetch = (input, init) => fetch(input, init);

/** All vendors of the table, each with a key and with the stub as its server. */
function stubConfig(url: string = env.STUB_URL) {
  return readConfig(
    Object.fromEntries(
      VENDORS.flatMap(({ variables }) => [
        [variables.key, KEY],
        [variables.url, url],
      ]),
    ),
  );
}

export function httpAdapters(url?: string, by: VendorFetch = fetching): Provider[] {
  const config = stubConfig(url);
  return [
    ...openaiVendors(config).map((vendor) => openaiProvider(vendor, by, Date.now)),
    anthropicProvider({ ...config, ANTHROPIC_API_KEY: KEY }, by, Date.now),
  ];
}

/** The binding has no local form: its streams come from the stub, behind its own interface. */
function bindingAdapter(): Provider {
  const run = async (
    model: string,
    body: { stream?: boolean },
    options: { signal: AbortSignal },
  ) => {
    const { name, cut } = /^fixture:(?<name>[^,]+)(?:,cut=(?<cut>\d+))?/.exec(model)?.groups ?? {};
    const url = `${env.STUB_URL}/fixture/${name}?cut=${cut ?? 0}`;
    const response = await fetch(url, { signal: options.signal });
    return body.stream === true ? response.body : response.json();
  };
  return workersAiProvider({ run } as unknown as Ai, { LLM_TIMEOUT: 30 }, Date.now);
}

export function adapter(id: string): Provider {
  const found = [...httpAdapters(), bindingAdapter()].find((it) => it.id === id);
  if (found === undefined) throw new Error(`no adapter is called ${id}`);
  return found;
}

export const request = (model: string, rest: Partial<ModelRequest> = {}): ModelRequest => ({
  purpose: "chat",
  model,
  system: undefined,
  messages: [{ role: "user", content: "Hi" }],
  settings: {},
  defaults: { temperature: 0.7, max_tokens: 100 },
  continues: undefined,
  ...rest,
});

export const never = new AbortController().signal;

/** Everything up to the end, signs of life left out, and the error that was the end. */
export async function play(
  events: AsyncIterable<ModelEvent | Progress>,
): Promise<{ events: ModelEvent[]; error: unknown }> {
  const seen: ModelEvent[] = [];
  try {
    for await (const event of events) if (event.type !== "progress") seen.push(event);
  } catch (error) {
    return { events: seen, error };
  }
  return { events: seen, error: undefined };
}

export const textOf = (events: readonly ModelEvent[], type: "text" | "reasoning" = "text") =>
  events.map((event) => (event.type === type ? event.text : "")).join("");

/** The rules of any stream, whole or broken. */
export function expectOrder(events: readonly ModelEvent[], whole: boolean): void {
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type === "finish")).toHaveLength(whole ? 1 : 0);
  if (whole) expect(types.at(-1)).toBe("finish");
  const firstOther = types.findIndex((type) => type !== "notice");
  expect(types.slice(firstOther)).not.toContain("notice");
  for (const event of events)
    if (event.type === "text" || event.type === "reasoning") expect(event.text).not.toBe("");
  const started = events.flatMap((it) =>
    it.type === "tool_call.started" ? [[it.id, it.name]] : [],
  );
  const calls = events.flatMap((it) => (it.type === "tool_call" ? [it.call] : []));
  expect(new Set(started.map(([id]) => id)).size).toBe(started.length);
  if (!whole) return expect(calls).toEqual([]);
  // Whole calls stand together, right before the finish, in the order in which they began.
  expect(types.slice(types.length - 1 - calls.length, -1)).toEqual(calls.map(() => "tool_call"));
  for (const { arguments: json } of calls) expect(JSON.parse(json)).toBeTypeOf("object");
  const known = started.filter(([id]) => calls.some((call) => call.id === id));
  expect(calls.map(({ id, name }) => [id, name])).toEqual(known);
}

/** An error that may be shown: of a kind, from this provider, without anything of the vendor's text. */
export function expectShowable(error: unknown, provider: string): ProviderError {
  if (!(error instanceof ProviderError)) throw new Error("no ProviderError", { cause: error });
  expect(error.failure.details["provider"]).toBe(provider);
  expect(error.failure.details["retryable"]).toBe(error.retryable);
  expect(JSON.stringify(error.failure) + error.message).not.toMatch(/secret|sk-|<html|Overloaded/);
  return error;
}

export async function journal(tag: string): Promise<Journal> {
  const response = await fetch(`${env.STUB_URL}/journal?tag=${tag}`);
  return response.json();
}

export async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await check()) return;
    await scheduler.wait(20);
  }
  throw new Error("it never came to that");
}
