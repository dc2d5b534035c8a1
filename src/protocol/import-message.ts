// What is made of a message of another's file, whichever format it is in.
import type { Node } from "./import-order.ts";

/** UTF-16 units: an answer of ours has no more. */
const LONGEST = 1_000_000;

export type ReadMessage = {
  /** Where it is in the tree, also where nothing of it is taken; null where it cannot be told. */
  node: Node | null;
  /** Why nothing of it is taken; null where it is, or where there was nothing to take. */
  reason: string | null;
  /** What of it was not taken, where the rest was. */
  note?: string;
};

export function lengthReason(units: number): string | null {
  return units > LONGEST ? `should have at most ${LONGEST} characters; it has ${units}` : null;
}
