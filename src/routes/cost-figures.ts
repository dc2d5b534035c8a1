// How figures of usage are shown: as JSON, as a file that a spreadsheet opens, and the prices they rest on.
import { z } from "zod";
import type { Prices } from "../llm/prices.ts";
import { csvLine } from "../protocol/csv.ts";
import type { Figures } from "../store/figures.ts";
import type { AppContext } from "./context.ts";

const figureFields = {
  turns: z.int().describe("Answers, however they ended."),
  calls: z.int().describe("Of models: attempts, and what was asked beside answers, included."),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  cached_tokens: z.int().describe("Of the prompts, read from a vendor's cache."),
  reasoning_tokens: z.int().describe("Of the completions, thought."),
  cost: z
    .number()
    .nullable()
    .describe("US dollars; null where nobody knows the price of anything that cost something."),
  unpriced_turns: z.int(),
  unpriced_calls: z.int().describe("Of models without a known price: `cost` leaves them out."),
  unpriced_tokens: z.int(),
  cache_hits: z.int().describe("Answers that no model was asked for."),
  failures: z.int().describe("Calls that failed, those that were tried again included."),
  avg_latency_ms: z.number().nullable().describe("Of calls that reached a model."),
  avg_ttft_ms: z.number().nullable().describe("To the first token, where one came."),
};
export const figuresSchema = z.object(figureFields);

const priceSchema = z.object({
  provider: z.string(),
  model: z.string(),
  input: z.number().nullable().describe("US dollars per million tokens; null: nobody knows."),
  cached: z.number().nullable(),
  output: z.number().nullable(),
  as_of: z.string().nullable().describe("The day on which the list was read; null: not from it."),
  source: z.string().nullable(),
});

export const costsSchema = z.object({
  from: z.string(),
  to: z.string(),
  group_by: z.string(),
  totals: figuresSchema,
  groups: z.array(z.object({ key: z.string(), ...figureFields })),
  has_more: z.boolean().describe("Whether there are more than these 1,000 groups."),
  prices: z
    .array(priceSchema)
    .describe(
      "As they are now, of the models that were asked: what was used was priced as it was used.",
    ),
});

export const formatQuery = z.enum(["json", "csv"], "should be json or csv").default("json");

const NOTHING: Figures = {
  turns: 0,
  completed: 0,
  calls: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cached_tokens: 0,
  reasoning_tokens: 0,
  cost: 0,
  unpriced_turns: 0,
  unpriced_calls: 0,
  unpriced_tokens: 0,
  cache_hits: 0,
  failures: 0,
  avg_latency_ms: null,
  avg_ttft_ms: null,
};

/** @param row with its cost in millionths of a dollar */
export function shownFigures(row: Figures = NOTHING): z.infer<typeof figuresSchema> {
  const { completed: _completed, cost, avg_latency_ms, avg_ttft_ms, ...counts } = row;
  return {
    ...counts,
    total_tokens: row.prompt_tokens + row.completion_tokens,
    cost: inDollars(cost),
    avg_latency_ms: rounded(avg_latency_ms),
    avg_ttft_ms: rounded(avg_ttft_ms),
  };
}

export function pricesOf(
  models: readonly { provider: string | null; model: string | null }[],
  prices: Prices,
): z.infer<typeof priceSchema>[] {
  return models.map(({ provider, model }) => {
    const price = prices.entry(provider, model);
    return {
      provider: provider ?? "",
      model: model ?? "",
      input: price?.input ?? null,
      cached: price?.cached ?? null,
      output: price?.output ?? null,
      as_of: price?.as_of ?? null,
      source: price?.source ?? null,
    };
  });
}

/**
 * The groups, a line each; what is null is an empty cell. There is no line of totals: they are to be
 * summed. So what is beyond the last group that is listed is a line, too.
 * @param read with its costs in millionths of a dollar
 */
export function csvOfGroups(
  c: AppContext,
  name: string,
  group_by: string,
  read: {
    groups: readonly (Figures & { key: string })[];
    has_more: boolean;
    all: Figures | undefined;
  },
): Response {
  const columns = figuresSchema.keyof().options;
  const line = (key: string, row: Figures) => {
    const shown = shownFigures(row);
    return csvLine([key, ...columns.map((it) => (shown[it] === null ? null : String(shown[it])))]);
  };
  const lines = read.groups.map(({ key, ...row }) => line(key, row));
  if (read.has_more) lines.push(line("(others)", othersOf(read.all, read.groups)));
  return c.body([csvLine([group_by, ...columns]), ...lines].join(""), 200, {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="${name}.csv"`,
    "Cache-Control": "no-store",
  });
}

/** What the totals have and no group does. Means cannot be told of it. */
function othersOf(all: Figures = NOTHING, groups: readonly Figures[]): Figures {
  const rest = (name: Exclude<keyof Figures, "avg_latency_ms" | "avg_ttft_ms">) =>
    groups.reduce((left, group) => left - (group[name] ?? 0), all[name] ?? 0);
  const [cost, unpriced_tokens] = [rest("cost"), rest("unpriced_tokens")];
  return {
    turns: rest("turns"),
    completed: rest("completed"),
    calls: rest("calls"),
    prompt_tokens: rest("prompt_tokens"),
    completion_tokens: rest("completion_tokens"),
    cached_tokens: rest("cached_tokens"),
    reasoning_tokens: rest("reasoning_tokens"),
    cost: cost === 0 && unpriced_tokens > 0 ? null : cost,
    unpriced_turns: rest("unpriced_turns"),
    unpriced_calls: rest("unpriced_calls"),
    unpriced_tokens,
    cache_hits: rest("cache_hits"),
    failures: rest("failures"),
    avg_latency_ms: null,
    avg_ttft_ms: null,
  };
}

export function inDollars(millionths: number | null): number | null {
  return millionths === null ? null : millionths / 1_000_000;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
