// What an object holds in memory: resident memory of a workerd that has just started on what an earlier one
// stored, before and after it wakes some objects of one length.
import { setTimeout } from "node:timers/promises";
import type { Person } from "../auth/people.ts";
import type { Host } from "../turn/hosts.ts";
import { residentMemory } from "../turn/processes.ts";
import { quantile } from "../turn/statistics.ts";
import { conversation, type Place } from "./fixtures.ts";
import { middle, slopeOf, timed, touch, turn } from "./lines.ts";

/** KB for each object: the median of the repeats, their lowest and highest. */
export type Point = { length: number; each: number; low: number; high: number };
/** `slope` is null where an object cost nothing that could be told from noise. */
export type Held = { objects: number; repeats: number; points: Point[]; slope: number | null };

/** Of another conversation, before the baseline: code is compiled and the heap has grown by then. */
const WARM_UP = 20;
const SHORT = 10;

/**
 * Restarts the host for each length and repeat, lengths in turn.
 * @returns null where memory cannot be told: off Linux
 */
export async function held(
  host: Host,
  person: Person,
  lengths: readonly number[],
  { objects, repeats }: { objects: number; repeats: number },
): Promise<Held | null> {
  if (resident(host) === null) return null;
  const warm = await conversation(host, person, SHORT, { told: false });
  await use(warm, SHORT);
  const sets: { length: number; places: Place[]; each: number[] }[] = [];
  for (const length of lengths) {
    const places: Place[] = [];
    for (let index = 0; index < objects; index++) {
      const place = await conversation(host, person, length, { told: false });
      await use(place, length); // finds its title, condenses what is old
      places.push(place);
    }
    sets.push({ length, places, each: [] });
  }
  await settled();
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const { length, places, each } of sets) {
      await host.restart();
      for (let time = 0; time < WARM_UP; time++) await use(warm, SHORT);
      await settled();
      const before = resident(host) ?? Number.NaN;
      for (const place of places) await use(place, length);
      await settled();
      each.push(((resident(host) ?? Number.NaN) - before) / objects);
    }
  const points = sets.map(({ length, each }) => ({
    length,
    each: quantile(each, 0.5),
    low: Math.min(...each),
    high: Math.max(...each),
  }));
  const slope = points.every(({ each }) => each > 0)
    ? slopeOf(points.map(({ length, each }) => [length, each]))
    : null;
  return { objects, repeats, points, slope };
}

/** As somebody would: opens it, looks at its middle, says something. */
async function use(place: Place, length: number): Promise<void> {
  await touch(place);
  await timed(place, middle(place, length));
  await timed(place, turn(place));
}

/** What turns left for D1 is told. Idle objects are evicted only after ten seconds. */
const settled = () => setTimeout(1500);

const resident = ({ pid }: Host) => (pid === null ? null : residentMemory(pid));
