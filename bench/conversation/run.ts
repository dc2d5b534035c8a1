// `npm run bench:conversation`: whether what a conversation does costs the same at 10 messages and at
// 10,000. See bench/README.md.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchmark, keep, kept, say } from "../harness.ts";
import { people, type Person } from "../auth/people.ts";
import { type Host, root, sourceOf, startEdgewise, startStub } from "../turn/hosts.ts";
import { background, HANGING } from "./background.ts";
import { conversation, listed } from "./fixtures.ts";
import { lines, type Sized, timed, turn, TURNS_EACH } from "./lines.ts";
import { held } from "./memory.ts";
import { render, type Results } from "./report.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** Of lines, background, memory; all without it. */
    only: { type: "string", multiple: true, default: [] },
  },
});
const size = flags.quick
  ? { rounds: 20, objects: 10, repeats: 3, turns: 40 }
  : { rounds: 60, objects: 20, repeats: 7, turns: 200 };
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
const LENGTHS = [10, 100, 1000, 10_000];
/** Requests a minute: the most that can be configured. And who condenses what is old. */
const VARIABLES = {
  RATE_LIMIT_REQUESTS: "1000000",
  TITLE_MODEL: "openai/stub:echo=title",
  SUMMARY_MODEL: "openai/stub:echo=summary",
  ENTITIES_MODEL: "openai/stub:echo=entities",
};

await benchmark(async () => {
  const stub = kept(await startStub());
  const worker = join(import.meta.dirname, "worker.ts");
  const edgewise = async (more = {}) => {
    const vars = { ...VARIABLES, ...more };
    return kept(await startEdgewise("workerd", stub.url, root, vars, worker));
  };
  const results: Results = {
    at: new Date().toISOString(),
    source: sourceOf(root),
    node: process.versions.node,
    cores: availableParallelism(),
    lines: [],
    held: null,
    background: null,
  };
  if (wanted("lines")) {
    const host = await edgewise();
    const all = await say("filling conversations", fill(host));
    results.lines = await say("lines", lines(all, size.rounds));
  }
  if (wanted("memory")) {
    const host = await edgewise();
    const person = await somebody(host);
    results.held = await say("memory", held(host, person, LENGTHS, size));
  }
  if (wanted("background")) {
    const host = await edgewise(HANGING);
    const person = await somebody(host);
    results.background = await say("background", background(host, stub.url, person, size.turns));
  }

  console.log(`\n${render(results)}`);
  keep("conversation", results);
});

/** Each length has an owner of its own: search and lists are theirs alone. The last one's only speak. */
async function fill(host: Host): Promise<Sized[]> {
  const owners = await people(host, LENGTHS.length + 1);
  const speaker = owners.at(-1);
  const all: Sized[] = [];
  for (const [index, length] of LENGTHS.entries()) {
    const owner = owners[index];
    if (owner === undefined || speaker === undefined) throw new Error("nobody registered");
    const read = await conversation(host, owner, length, { told: true });
    await listed(read, length);
    const spoken = [];
    for (let made = 0; made < size.rounds / TURNS_EACH; made++) {
      const place = await conversation(host, speaker, length, { told: false });
      await timed(place, turn(place)); // finds its title, condenses what is old
      spoken.push(place);
    }
    all.push({ length, read, spoken });
  }
  return all;
}

async function somebody(host: Host): Promise<Person> {
  const [person] = await people(host, 1);
  if (person === undefined) throw new Error("nobody registered");
  return person;
}
