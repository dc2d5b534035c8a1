// What an index holds in memory, by how many chunks there are: resident memory of a workerd that has just
// started on what is stored, before and after it searches one of them.
import { setTimeout } from "node:timers/promises";
import type { Host } from "../turn/hosts.ts";
import { residentMemory } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";
import type { Place } from "./places.ts";
import { searchOnce } from "./searching.ts";
import type { Texts } from "./texts.ts";

/**
 * MB: what the process has when code is compiled; what it has more after the first search, after many, and
 * after some by meaning alone, which look at all vectors.
 */
export type Held = { size: number; before: number; first: number; many: number; meaning: number };

/** Of another index, a small one, before the baseline. */
const WARM_UP = 30;
export const MANY = 100;
export const BY_MEANING = 20;

/**
 * Restarts the host for each size and repeat. Medians.
 * @param small who is searched before the baseline
 * @returns null where memory cannot be told: off Linux
 */
export async function memory(
  host: Host,
  texts: Texts,
  small: Place,
  places: readonly Place[],
  repeats: number,
): Promise<Held[] | null> {
  if (resident(host) === null) return null;
  const sets = places.map((place) => ({
    place,
    before: [] as number[],
    first: [] as number[],
    many: [] as number[],
    meaning: [] as number[],
  }));
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const { place, before, first, many, meaning } of sets) {
      await host.restart();
      for (let seed = 0; seed < WARM_UP; seed++) await searchOnce(host, texts, small, seed);
      const start = await settled(host);
      await searchOnce(host, texts, place, repeat);
      const once = await settled(host);
      for (let seed = 1; seed < MANY; seed++)
        await searchOnce(host, texts, place, 1000 * (repeat + 1) + seed);
      before.push(start);
      first.push(once - start);
      many.push((await settled(host)) - start);
      for (let seed = 0; seed < BY_MEANING; seed++)
        await searchOnce(host, texts, place, 1e6 + seed, { mode: "semantic" });
      meaning.push((await settled(host)) - start);
    }
  return sets.map(({ place: { size }, before, first, many, meaning }) => ({
    size,
    before: quantile(before, 0.5),
    first: quantile(first, 0.5),
    many: quantile(many, 0.5),
    meaning: quantile(meaning, 0.5),
  }));
}

/** Idle objects are evicted only after ten seconds. */
async function settled(host: Host): Promise<number> {
  await setTimeout(1000);
  return resident(host) ?? Number.NaN;
}

function resident({ pid }: Host): number | null {
  const kilobytes = pid === null ? null : residentMemory(pid);
  return kilobytes === null ? null : kilobytes / 1024;
}
