// `npm run bench:models`: what the layer around models costs and wins; whether similar questions are
// told from near misses, and whether `auto` chooses well. See bench/README.md.
import { parseArgs } from "node:util";
import { benchmark, kept } from "../harness.ts";
import { type Host, root, sourceOf, startEdgewise, startStub } from "../turn/hosts.ts";
import type { Spread } from "../turn/statistics.ts";
import { askerAt, layer, recovery } from "./layer.ts";
import { run as routing } from "./routing.ts";
import { run as semantic } from "./semantic.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    /** Of layer, routing, semantic; all of them without it. */
    only: { type: "string", multiple: true, default: [] },
  },
});
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
/** What the rules and the guard were made with, and what nobody had seen when they were. */
const SETS = ["", "heldout-"];
const rounds = flags.quick ? 100 : 500;

const ms = (value: number) => `${value.toFixed(2)} ms`;
const both = ({ p50, p99 }: Spread) => `${ms(p50)} (p99 ${ms(p99)})`;

await benchmark(async () => {
  if (wanted("layer")) await measureLayer();
  for (const set of SETS) {
    if (wanted("routing")) console.log(`${await routing(`data/${set}routing.jsonl`)}\n`);
    if (wanted("semantic")) console.log(`${await semantic(`data/${set}paraphrases.jsonl`)}\n`);
  }
});

async function measureLayer(): Promise<void> {
  const stub = kept(await startStub());
  const edgewise = async (vars: Record<string, string>): Promise<Host> => {
    const shared = { ANTHROPIC_API_KEY: "stub", ANTHROPIC_BASE_URL: stub.url, ...vars };
    return kept(await startEdgewise("workerd", stub.url, root, shared));
  };
  const off = await edgewise({ LLM_CACHE: "off" });
  const on = await edgewise({
    LLM_CACHE: "all",
    SEMANTIC_CACHE: "on",
    LLM_FALLBACK_MODEL: "anthropic/stub:tokens=16",
    LLM_TIMEOUT: "3",
    ANTHROPIC_MODEL: "stub:tokens=16",
    ROUTING_TIERS: JSON.stringify({
      "ultra-cheap": "openai/stub:tokens=16",
      standard: "openai/stub:tokens=16",
    }),
  });
  console.log(`Edgewise ${sourceOf(root) ?? ""}, ${rounds} rounds\n`);
  const measured = await layer(await askerAt(off), await askerAt(on), rounds);
  const { added } = measured;
  console.log("To the end of a stateless answer of 16 tokens, no two alike:");
  console.log(`  all off                ${both(measured.off)}`);
  console.log(`  all on, model: auto    ${both(measured.on)}`);
  console.log(
    `  added, p50             ${ms(added.p50)}, bound 2 ms (fifths of the run ${ms(added.low)} to ${ms(added.high)})`,
  );
  console.log("To the first token:");
  console.log(`  kept from before       ${both(measured.hit)}`);
  console.log(`  asked of the stub      ${both(measured.miss)}`);
  console.log("\nTo the first token while the provider is dead and one behind it is well:");
  const asker = await askerAt(on);
  for (const fault of ["fault=500", "fault=hang"]) {
    const seen = await recovery(asker, fault, flags.quick ? 20 : 60);
    console.log(
      `  ${fault}: the first request ${ms(seen.first)}, the next ${both(seen.next)}; of the one behind alone ${ms(seen.healthy)}`,
    );
  }
}
