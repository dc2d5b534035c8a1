// Which models there are: what each vendor lists, and what is known of it here. A vendor is asked once
// in a while for everybody; one that does not answer is told of by what is known.
import { z } from "zod";
import { thrownFields, type Log } from "../telemetry/log.ts";
import type { Vendors } from "./models.ts";
import type { ListedModel, Provider } from "./provider.ts";

/** Milliseconds that a vendor has to answer, and for which its answer is remembered. */
const PATIENCE = 3000;
const REMEMBERED = 5 * 60_000;
/** Models of one vendor: some list hundreds. */
const MOST = 500;

export type CatalogueEntry = ListedModel & {
  provider: Provider;
  /** Whether the vendor lists it; null where it could not be asked. */
  listed: boolean | null;
};

const keptSchema = z.object({
  at: z.number(),
  models: z.array(
    z.object({
      id: z.string(),
      bytes: z.number().optional(),
      modified_at: z.string().optional(),
    }),
  ),
});

export type CatalogueServices = { cache: KVNamespace; now: () => number; log: Log };

export async function catalogue(
  vendors: Vendors,
  services: CatalogueServices,
): Promise<CatalogueEntry[]> {
  const all = await Promise.all(
    vendors.map(async ({ provider, configuredModel }) => {
      const listed = await listOf(provider, services);
      const known = [
        configuredModel,
        provider.defaultModel,
        provider.cheapModel,
        ...Object.values(provider.tiers),
      ].filter((model) => model !== undefined);
      const names = new Set(listed?.map(({ id }) => id));
      const missing = [...new Set(known)].filter((model) => !names.has(model));
      // Behind somebody else's address its own models may not be there.
      const unlisted = missing.map((id) => ({
        id,
        provider,
        listed: listed === null ? null : false,
      }));
      return [
        ...(listed ?? [])
          .slice(0, MOST)
          .map((model) => Object.assign({ provider, listed: true }, model)),
        ...(listed === null ? unlisted : unlisted.filter(({ id }) => id === configuredModel)),
      ];
    }),
  );
  return all.flat();
}

/** Null where the vendor does not answer, and did not lately. */
async function listOf(
  provider: Provider,
  { cache, now, log }: CatalogueServices,
): Promise<ListedModel[] | null> {
  const key = `models:${provider.id}`;
  const kept = keptSchema.safeParse(await cache.get(key, "json").catch(() => null)).data;
  if (kept !== undefined && now() - kept.at < REMEMBERED) return kept.models;
  try {
    const models = await provider.list(AbortSignal.timeout(PATIENCE));
    const value = JSON.stringify({ at: now(), models });
    await cache.put(key, value, { expirationTtl: 24 * 3600 }).catch((thrown: unknown) => {
      log.warning("models.uncached", thrownFields(thrown));
    });
    return models;
  } catch (thrown) {
    log.warning("models.unlisted", { provider: provider.id, ...thrownFields(thrown) });
    return kept?.models ?? null;
  }
}
