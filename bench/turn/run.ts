// `npm run bench`: what a turn costs, beside a bare pass-through Worker. See bench/README.md.
import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmark, keep, kept, say } from "../harness.ts";
import {
  type Host,
  type Kind,
  root,
  sourceOf,
  startEdgewise,
  startPassThrough,
  startStub,
} from "./hosts.ts";
import { boundsOf, render, type Results } from "./report.ts";
import { firstTokens, idleMemory, liveStreams, throughput } from "./scenarios.ts";
import { direct, edgewise, passThrough } from "./variants.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    wrangler: { type: "boolean", default: false },
    /** A copy of the repository with a change in it, measured in the same run. */
    beside: { type: "string", multiple: true, default: [] },
    /** Of first-token, throughput, live, memory; all of them without it. */
    only: { type: "string", multiple: true, default: [] },
  },
});
const kind: Kind = flags.wrangler ? "wrangler" : "workerd";
const size = flags.quick
  ? { requests: 60, atOnce: [64], pieces: 2, piece: 1000, livePieces: 1, liveTokens: 50, idle: 0 }
  : {
      requests: 250,
      atOnce: [1, 16, 64],
      pieces: 3,
      piece: 1500,
      livePieces: 2,
      liveTokens: 100,
      idle: 500,
    };
const wanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);

await benchmark(async () => {
  const stub = kept(await startStub());
  const bare = passThrough(kept(await startPassThrough(kind, stub.url)));
  // Asked on both sides of the bundling: others may be editing meanwhile.
  const before = sourceOf(root);
  const ours = edgewise(kept(await startEdgewise(kind, stub.url, root)), "Edgewise");
  const after = sourceOf(root);
  const others = [];
  for (const path of flags.beside)
    others.push(edgewise(kept(await startEdgewise(kind, stub.url, resolve(path))), basename(path)));
  const variants = [
    direct(stub.url),
    bare,
    ...[ours, ...others].flatMap(({ fresh, running, socket }) => [fresh, running, socket]),
  ];

  const measured: Omit<Results, "bounds"> = {
    at: new Date().toISOString(),
    host: kind === "wrangler" ? "wrangler dev --local" : "workerd",
    source: before === after ? before : `${before} or ${after}`,
    node: process.versions.node,
    cores: availableParallelism(),
    firstTokens: [],
    throughput: [],
    live: [],
    memory: null,
  };
  if (wanted("first-token"))
    measured.firstTokens = await say("first tokens", firstTokens(variants, size.requests));
  if (wanted("throughput"))
    for (const atOnce of size.atOnce)
      measured.throughput.push(
        ...(await say(`${atOnce} at once`, throughput(variants, atOnce, size.pieces, size.piece))),
      );
  if (wanted("live"))
    measured.live = await say(
      "live streams",
      liveStreams(variants, 200, size.liveTokens, size.livePieces),
    );
  if (wanted("memory") && size.idle > 0 && kind === "workerd") {
    const idle: Host = kept(await startEdgewise(kind, stub.url, root));
    measured.memory = await say("idle conversations", idleMemory(idle, size.idle));
  }

  const names = { passThrough: bare.name, fresh: ours.fresh.name, running: ours.running.name };
  const results: Results = { ...measured, bounds: boundsOf(measured, names) };
  console.log(`\n${render(results)}`);
  keep("turn", results);
});
