// The measurements. Each goes round its variants many times in small pieces (A B C A B C …), so that
// whatever else the machine does hits all of them alike.
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import type { WebSocket } from "ws";
import { z } from "zod";
import { openSocket, post, type Timing } from "./client.ts";
import type { Host } from "./hosts.ts";
import { cpuTime, residentMemory } from "./processes.ts";
import { type Spread, spread } from "./statistics.ts";
import { type Client, inTurns, newVisitor, type Variant } from "./variants.ts";

/** Four tokens, so far apart that the first is on its way alone. */
const SHORT_TURN = "stub:tokens=4,delay=4";
const TOKENS = 64;
const BURST_TURN = `stub:tokens=${TOKENS}`;
/** 50 tokens a second. */
const liveTurn = (tokens: number) => `stub:tokens=${tokens},delay=20`;
/** D1 is told 500 ms after a turn: by then that is done, and it is nobody else's cost. */
const LINGER = 1000;
/** A piece's conversations, so that none grows a long history while it lasts. */
const CONVERSATIONS = 64;
const createdSchema = z.object({ id: z.string() });
/** An object without events hibernates after 10 s. */
const HIBERNATION = 15_000;

export type FirstToken = { variant: string; firstToken: Spread };

/** One request at a time: the variants take turns, request by request. */
export async function firstTokens(
  variants: readonly Variant[],
  rounds: number,
): Promise<FirstToken[]> {
  const taken = await Promise.all(
    variants.map(async (variant) => ({
      variant,
      times: [] as number[],
      clients: await variant.prepare(16),
    })),
  );
  for (let round = -16; round < rounds; round++)
    for (const { times, clients } of taken) {
      const { firstToken } = await clientAt(clients, round + 16).turn(SHORT_TURN);
      if (round >= 0) times.push(firstToken); // the first ones warm up
    }
  for (const { clients } of taken) close(clients);
  return taken.map(({ variant, times }) => ({ variant: variant.name, firstToken: spread(times) }));
}

export type Throughput = {
  variant: string;
  atOnce: number;
  turnsPerSecond: number;
  tokensPerSecond: number;
  firstToken: Spread;
  whole: Spread;
  /** Milliseconds of CPU a turn took its Worker's workerd, what it did afterwards included. */
  cpuPerTurn: number | null;
};

/** `atOnce` turns at any time, each followed by the next. */
export async function throughput(
  variants: readonly Variant[],
  atOnce: number,
  pieces: number,
  milliseconds: number,
): Promise<Throughput[]> {
  const taken = variants.map((variant) => ({
    variant,
    timings: [] as Timing[],
    elapsed: 0,
    cpu: 0,
  }));
  for (let piece = -1; piece < pieces; piece++)
    for (const one of taken) {
      const clients = await one.variant.prepare(Math.max(atOnce, CONVERSATIONS));
      const pid = one.variant.host?.pid ?? null;
      if (one.variant.lingers) await setTimeout(LINGER); // what the preparation left behind
      const cpuBefore = pid === null ? null : cpuTime(pid);
      const { timings, elapsed } = await closedLoop(
        clients,
        atOnce,
        piece < 0 ? milliseconds / 2 : milliseconds,
      );
      if (one.variant.lingers) await setTimeout(LINGER);
      const cpu = pid === null ? null : cpuTime(pid);
      close(clients);
      if (piece < 0) continue; // the first piece warms up
      one.timings.push(...timings);
      one.elapsed += elapsed;
      one.cpu += cpu === null || cpuBefore === null ? Number.NaN : cpu - cpuBefore;
    }
  return taken.map(({ variant, timings, elapsed, cpu }) => ({
    variant: variant.name,
    atOnce,
    turnsPerSecond: (timings.length / elapsed) * 1000,
    tokensPerSecond: (timings.length / elapsed) * 1000 * TOKENS,
    firstToken: spread(timings.map(({ firstToken }) => firstToken)),
    whole: spread(timings.map(({ whole }) => whole)),
    cpuPerTurn: Number.isNaN(cpu) ? null : cpu / timings.length,
  }));
}

async function closedLoop(clients: Client[], atOnce: number, milliseconds: number) {
  const timings: Timing[] = [];
  const idle = [...clients];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - began < milliseconds) {
        const client = idle.shift();
        if (client === undefined) throw new Error("fewer clients than turns at once");
        timings.push(await client.turn(BURST_TURN));
        idle.push(client);
      }
    }),
  );
  return { timings, elapsed: performance.now() - began };
}

export type Live = {
  variant: string;
  streams: number;
  tokens: number;
  firstToken: Spread;
  whole: Spread;
  /** Milliseconds of CPU a stream took its Worker's workerd. */
  cpuPerTurn: number | null;
};

/** `streams` answers of 50 tokens a second at once; their beginnings are spread over a second. */
export async function liveStreams(
  variants: readonly Variant[],
  streams: number,
  tokens: number,
  pieces: number,
): Promise<Live[]> {
  const taken = variants.map((variant) => ({ variant, timings: [] as Timing[], cpu: 0 }));
  for (let piece = 0; piece < pieces; piece++)
    for (const one of taken) {
      const clients = await one.variant.prepare(streams);
      if (one.variant.lingers) await setTimeout(LINGER);
      const pid = one.variant.host?.pid ?? null;
      const cpuBefore = pid === null ? null : cpuTime(pid);
      const timings = await Promise.all(
        clients.map(async (client, index) => {
          await setTimeout((index / streams) * 1000);
          return client.turn(liveTurn(tokens));
        }),
      );
      if (one.variant.lingers) await setTimeout(LINGER);
      const cpu = pid === null ? null : cpuTime(pid);
      close(clients);
      one.timings.push(...timings);
      one.cpu += cpu === null || cpuBefore === null ? Number.NaN : cpu - cpuBefore;
    }
  return taken.map(({ variant, timings, cpu }) => ({
    variant: variant.name,
    streams,
    tokens,
    firstToken: spread(timings.map(({ firstToken }) => firstToken)),
    whole: spread(timings.map(({ whole }) => whole)),
    cpuPerTurn: Number.isNaN(cpu) ? null : cpu / timings.length,
  }));
}

/** Resident MB of the Worker's workerd. */
export type Memory = {
  /** In each of two batches. */
  conversations: number;
  before: number;
  /** After each batch: its sockets just opened, and its objects hibernated. */
  batches: { opened: number; hibernated: number }[];
  /** What the second batch added: the first also pays for what the allocators keep. */
  perThousand: number;
};

/** Conversations with an idle WebSocket each. Null where memory cannot be asked for. */
export async function idleMemory(host: Host, conversations: number): Promise<Memory | null> {
  const { pid } = host;
  if (pid === null) return null;
  const api = `${host.url}/api/v1`;
  const who = await newVisitor(`${api}/chat/stream`);
  await setTimeout(LINGER);
  const megabytes = () => (residentMemory(pid) ?? Number.NaN) / 1024;
  const before = megabytes();
  const batches: Memory["batches"] = [];
  const sockets: WebSocket[] = [];
  for (let batch = 0; batch < 2; batch++) {
    const opening = inTurns(conversations, async (): Promise<WebSocket> => {
      const { id } = createdSchema.parse(await post(`${api}/conversations`, "{}", who));
      return openSocket(`${api}/conversations/${id}/ws`, who);
    });
    sockets.push(...(await opening));
    const opened = megabytes();
    await setTimeout(HIBERNATION);
    batches.push({ opened, hibernated: megabytes() });
  }
  for (const socket of sockets) socket.terminate();
  const [first, second] = batches;
  const added = (second?.hibernated ?? Number.NaN) - (first?.hibernated ?? Number.NaN);
  return { conversations, before, batches, perThousand: (added / conversations) * 1000 };
}

function clientAt(clients: readonly Client[], index: number): Client {
  const client = clients[index % clients.length];
  if (client === undefined) throw new Error("a variant prepared no client");
  return client;
}

function close(clients: readonly Client[]): void {
  for (const client of clients) client.close();
}
