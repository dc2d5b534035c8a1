// Whether Edgewise lives, and whether it could serve: health says the first, ready asks everything
// that a turn needs.
import { Hono } from "hono";
import { z } from "zod";
import type { Provider } from "../llm/provider.ts";
import { pingDatabase } from "../store/conversations.ts";
import { thrownFields } from "../telemetry/log.ts";
import { isWhole, turnGraph } from "../turn/graph.ts";
import type { AppContext, AppEnv, Services } from "./context.ts";
import { describes } from "./declare.ts";

/** Each dependency has this long to answer, in milliseconds. */
const PATIENCE = 3000;
/** The model's answer is remembered this long, so that asking costs nothing. */
const REMEMBERED = 30_000;

const healthSchema = z.object({
  status: z.literal("healthy"),
  service: z.string(),
  version: z.string(),
  timestamp: z.string(),
  model: z.string(),
  graph_ready: z.boolean(),
});

const SEED004_HEALTH = { status: true, timestamp: true } as const;

const readySchema = z.object({
  ready: z.boolean(),
  service_level: z
    .enum(["full", "degraded", "minimal", "offline"])
    .describe(
      "full: who should answer does. degraded: another model does. minimal: only what was answered before. offline: nobody.",
    ),
  services: z.record(z.string(), z.string()),
});

const health = (c: AppContext) => {
  const { version, now, turn } = c.var.services;
  const { provider, model } = turn.models.standard;
  return c.json({
    status: "healthy",
    service: "edgewise",
    version,
    timestamp: new Date(now()).toISOString(),
    model: `${provider.id}/${model}`,
    graph_ready: isWhole(turnGraph),
  } satisfies z.infer<typeof healthSchema>);
};

const ready = async (c: AppContext) => {
  const { services } = c.var;
  const { models } = services.turn;
  const own = {
    database: await state("connected", () => pingDatabase(services.database("")), services),
    cache: await state("connected", () => services.cache.get("ready"), services),
    objects: await state("connected", () => services.pingObject(), services),
  };
  // Whoever stands behind the model that answers counts, too: the service is up as long as one is.
  const links = models.links(models.standard);
  const states = new Map<Provider, string>();
  for (const { provider } of links)
    if (!states.has(provider)) states.set(provider, await modelState(provider, services));
  const service_level = models.level(({ provider }) => states.get(provider) !== "unavailable");
  const isReady =
    Object.values(own).every((answer) => answer !== "unavailable") &&
    (service_level === "full" || service_level === "degraded");
  const vendors = Object.fromEntries([...states].map(([{ id }, answer]) => [id, answer]));
  return c.json(
    {
      ready: isReady,
      service_level,
      services: { ...own, ...vendors },
    } satisfies z.infer<typeof readySchema>,
    isReady ? 200 : 503,
  );
};

const describesHealth = describes("health", "Whether it lives", [
  { status: 200, description: "It does", schema: healthSchema },
]);
const describesReady = describes("health", "Whether it could serve", [
  { status: 200, description: "Everything answers", schema: readySchema },
  { status: 503, description: "Something does not", schema: readySchema },
]);

/** Mounted at the root and under /api/v1. */
export const healthRoutes = new Hono<AppEnv>()
  .get("/health", describesHealth, health)
  .get("/health/live", describesHealth, health)
  .get("/health/ready", describesReady, ready)
  .get("/ready", describesReady, ready);

/** Of two fields, as seed 004 has it. */
export const seed004Health = new Hono<AppEnv>().get(
  "/",
  describes("seed 004", "Whether it lives", [
    { status: 200, description: "It does", schema: healthSchema.pick(SEED004_HEALTH) },
  ]),
  (c) => c.json({ status: "healthy", timestamp: new Date(c.var.services.now()).toISOString() }),
);

async function state(
  well: string,
  ask: () => Promise<unknown>,
  { log }: Services,
): Promise<string> {
  try {
    await inTime(ask());
    return well;
  } catch (thrown) {
    log.warning("ready.unavailable", thrownFields(thrown));
    return "unavailable";
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const rememberedSchema = z.object({ state: z.string(), asked_at: z.number() });

/** Asks for the list of models, which costs nothing, and at most every 30 s whoever asks. */
async function modelState(provider: Provider, services: Services): Promise<string> {
  const key = `ready:model:${provider.id}`;
  const kept = await inTime(services.cache.get(key, "json")).catch(() => null);
  const known = rememberedSchema.safeParse(kept);
  if (known.success && services.now() - known.data.asked_at < REMEMBERED) return known.data.state;
  const answer = await state(
    "reachable",
    () => provider.list(AbortSignal.timeout(PATIENCE)),
    services,
  );
  const value = JSON.stringify({ state: answer, asked_at: services.now() });
  await inTime(services.cache.put(key, value, { expirationTtl: 60 })).catch((thrown: unknown) => {
    services.log.warning("ready.cache", thrownFields(thrown));
  });
  return answer;
}
