// The order in which messages that were said elsewhere are taken: parents before their children, each
// path in a run where that can be. They come in any order, and their parents may be nowhere.
import { lengthOfPart } from "./message.ts";
import type { BroughtMessage } from "./transfer.ts";

export type Draft = Omit<BroughtMessage, "seq" | "parent_seq">;
/** A place in a tree; `said` is null where nothing is taken of it: what follows it follows its parent. */
export type Node = { id: string; parent: string | null; said: Draft | null };

/** Places of one conversation, and UTF-16 units of those that wait for their parent. */
const MOST_NODES = 250_000;
const MOST_WAITING = 16_000_000;

/** Of a place whose number is not given yet; numbers begin at 1. */
const NOT_YET = 0;

export class Tree {
  readonly #mostNodes: number;
  readonly #mostWaiting: number;
  /** The number of the message at each place, or of the nearest above it; null for none. */
  readonly #numbers = new Map<string, number | null>();
  /** By the parent that has not come. */
  readonly #waiting = new Map<string, Node[]>();
  readonly #waitingIds = new Set<string>();
  #waitingUnits = 0;
  #ready: Node[] = [];
  #readyUnits = 0;
  #last = 0;

  constructor(mostNodes = MOST_NODES, mostWaiting = MOST_WAITING) {
    this.#mostNodes = mostNodes;
    this.#mostWaiting = mostWaiting;
  }

  /** How much is ready to be taken. */
  get ready(): { nodes: number; units: number } {
    return { nodes: this.#ready.length, units: this.#readyUnits };
  }

  /** @returns why it is not taken; null where it is */
  add(node: Node): string | null {
    if (this.#numbers.has(node.id) || this.#waitingIds.has(node.id))
      return "its id is that of an earlier message";
    if (this.#numbers.size + this.#waitingIds.size >= this.#mostNodes)
      return `a conversation should have at most ${this.#mostNodes} messages`;
    if (node.parent === null || this.#numbers.has(node.parent)) {
      this.#place(node);
      return null;
    }
    const units = unitsOf(node);
    if (this.#waitingUnits + units > this.#mostWaiting)
      return "it stands too far before the message that it follows";
    this.#waitingUnits += units;
    this.#waitingIds.add(node.id);
    const siblings = this.#waiting.get(node.parent);
    if (siblings === undefined) this.#waiting.set(node.parent, [node]);
    else siblings.push(node);
    return null;
  }

  /** What is ready, numbered; its parents are in it, or were taken before. */
  take(): BroughtMessage[] {
    const children = new Map<string, Node[]>();
    const tops: Node[] = [];
    for (const node of this.#ready) {
      const inHere = node.parent !== null && this.#numbers.get(node.parent) === NOT_YET;
      if (!inHere || node.parent === null) tops.push(node);
      else if (children.has(node.parent)) children.get(node.parent)?.push(node);
      else children.set(node.parent, [node]);
    }
    this.#ready = [];
    this.#readyUnits = 0;
    const taken: BroughtMessage[] = [];
    const stack = tops.toReversed();
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const parent_seq = node.parent === null ? null : (this.#numbers.get(node.parent) ?? null);
      if (node.said === null) this.#numbers.set(node.id, parent_seq);
      else {
        const seq = ++this.#last;
        this.#numbers.set(node.id, seq);
        taken.push({ ...node.said, seq, parent_seq });
      }
      const below = children.get(node.id) ?? [];
      for (let at = below.length - 1; at >= 0; at--) {
        const child = below[at];
        if (child !== undefined) stack.push(child);
      }
    }
    return taken;
  }

  /**
   * No more come. What follows a message that is nowhere begins a path of its own.
   * @returns the ids of those, and of what is reachable from nowhere: what follows itself, and what hangs from that
   */
  finish(): { orphans: string[]; unreachable: string[] } {
    const orphans = [...this.#waiting].flatMap(([parent, nodes]) =>
      this.#waitingIds.has(parent) ? [] : nodes,
    );
    for (const { parent } of orphans) if (parent !== null) this.#waiting.delete(parent);
    for (const node of orphans) this.#place({ ...node, parent: null });
    const unreachable = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#waitingIds.clear();
    return { orphans: orphans.map(({ id }) => id), unreachable: unreachable.map(({ id }) => id) };
  }

  /** The number that the message of a place, or the nearest above it, was given; null for none. */
  numberOf(id: string): number | null {
    return this.#numbers.get(id) ?? null;
  }

  /** Makes it ready, and what waited for it. */
  #place(node: Node): void {
    const stack = [node];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const units = unitsOf(next);
      if (this.#waitingIds.delete(next.id)) this.#waitingUnits -= units;
      this.#numbers.set(next.id, NOT_YET);
      this.#ready.push(next);
      this.#readyUnits += units;
      const below = this.#waiting.get(next.id) ?? [];
      this.#waiting.delete(next.id);
      for (let at = below.length - 1; at >= 0; at--) {
        const child = below[at];
        if (child !== undefined) stack.push(child);
      }
    }
  }
}

/** What a message weighs, roughly: its texts, what is known of it, and something for the rest. */
export function weightOf({ parts, details, feedback }: Draft): number {
  const known = JSON.stringify([details, feedback]).length;
  return parts.reduce((sum, part) => sum + lengthOfPart(part), 300 + known);
}

function unitsOf({ id, parent, said }: Node): number {
  return 100 + id.length + (parent?.length ?? 0) + (said === null ? 0 : weightOf(said));
}
