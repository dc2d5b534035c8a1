// `npm run bench:auth`: what it costs to know who asks, and whether they may. See bench/README.md.
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { benchmark, keep, kept, say } from "../harness.ts";
import { post } from "../turn/client.ts";
import { type Host, root, sourceOf, startEdgewise, startStub } from "../turn/hosts.ts";
import { added, type Place } from "./added.ts";
import { direct, people, visitor } from "./people.ts";
import { loads, rates, unasked } from "./rates.ts";
import { type Asked, render, type Results } from "./report.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** A copy of the repository with a change in it, measured in the same run. */
    beside: { type: "string", multiple: true, default: [] },
    /** Of added, rates, statements; all of them without it. */
    only: { type: "string", multiple: true, default: [] },
  },
});
const size = flags.quick
  ? { rounds: 100, people: 10, pieces: 1, piece: 1000 }
  : { rounds: 500, people: 50, pieces: 5, piece: 2000 };
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
/** Turns with a token, and as many with a key, while D1's statements are counted. */
const WATCHED = 200;
/** Requests a minute that are no turns: the most that can be configured. */
const MANY = { RATE_LIMIT_REQUESTS: "1000000" };

await benchmark(async () => {
  const stub = kept(await startStub());
  const worker = join(import.meta.dirname, "worker.ts");
  const edgewise = async (directory: string, vars = {}) =>
    kept(await startEdgewise("workerd", stub.url, directory, vars, worker));
  const placeOf = async (label: string, directory: string): Promise<Place> => {
    const host = await edgewise(directory);
    const [person] = await people(host, 1);
    if (person === undefined) throw new Error("nobody registered");
    return { label, host, person };
  };
  const before = sourceOf(root);
  const ours = await placeOf("Edgewise", root);
  const after = sourceOf(root);

  const results: Results = {
    at: new Date().toISOString(),
    source: before === after ? before : `${before} or ${after}`,
    node: process.versions.node,
    cores: availableParallelism(),
    added: [],
    rates: [],
    statements: null,
  };
  if (wanted("added")) {
    const places = [ours];
    for (const path of flags.beside) places.push(await placeOf(basename(path), resolve(path)));
    results.added = await say("added to a turn", added(places, size.rounds));
  }
  if (wanted("rates")) {
    const host = await edgewise(root, MANY);
    const all = await say("registering", people(host, size.people + 1));
    const taken = [unasked(ours.host, await visitor(ours.host)), ...loads(host, all)];
    results.rates = await say("a second", rates(taken, size.pieces, size.piece));
  }
  if (wanted("statements")) results.statements = await say("statements", statementsOf(ours));

  console.log(`\n${render(results)}`);
  keep("auth", results);
});

/** What D1 is asked while turns are run by somebody who has signed in. */
async function statementsOf({ host, person }: Place): Promise<Asked> {
  await settled(host);
  for (let turn = 0; turn < WATCHED; turn++) {
    await direct(host, person.token);
    await direct(host, person.key);
  }
  return { turns: 2 * WATCHED, statements: await settled(host) };
}

/** What D1 was asked since this was last called, all of it. */
async function settled(host: Host): Promise<Asked["statements"]> {
  await setTimeout(1500);
  return (await post(`${host.url}/bench/statements`, "{}", {})) as Asked["statements"];
}
