// What every store takes, whichever holds it: Vectorize's limits, so that a tenant can move from one to
// the other (developers.cloudflare.com/vectorize/platform/limits).
import type { VectorRecord } from "./vector-store.ts";

/** Of an id. Vectorize takes 64, and 16 of them say which namespace an id is of: ids are its index's there. */
const MOST_ID_BYTES = 48;
/** Of the names of namespaces, parts and collections: what Vectorize takes, or tells apart in a filter. */
const MOST_NAME_BYTES = 64;

const encoder = new TextEncoder();

/**
 * Of records with the same id the last one.
 * @throws {RangeError} of the first that no store could keep
 */
export function taken(namespace: string, records: readonly VectorRecord[]): VectorRecord[] {
  checkName("a namespace", namespace);
  const byId = new Map<string, VectorRecord>();
  for (const record of records) {
    checkText("an id", record.id, MOST_ID_BYTES);
    checkName("a part", record.part);
    checkName("a collection", record.collection);
    byId.set(record.id, record);
  }
  return [...byId.values()];
}

export const couldBeId = (id: string): boolean => id !== "" && bytesOf(id) <= MOST_ID_BYTES;

/** @throws {RangeError} where it has another length, or is not of numbers */
export function checkVector(vector: Float32Array, dimensions: number): void {
  if (vector.length === 0) throw new RangeError("a vector without dimensions");
  if (vector.length !== dimensions)
    throw new RangeError(
      `a vector of ${vector.length} dimensions, where all others have ${dimensions}`,
    );
  for (const value of vector)
    if (!Number.isFinite(value)) throw new RangeError("a vector with something that is no number");
}

function checkName(what: string, name: string): void {
  checkText(what, name, MOST_NAME_BYTES);
}

function checkText(what: string, text: string, most: number): void {
  const bytes = bytesOf(text);
  if (bytes === 0) throw new RangeError(`${what} is empty`);
  if (bytes > most)
    throw new RangeError(`${what} of ${bytes} bytes, where ${most} is the most: ${text}`);
  // Half of a surrogate pair, or a NUL, would come back as something else.
  if (!text.isWellFormed() || text.includes("\0"))
    throw new RangeError(`${what} with characters that cannot be kept: ${JSON.stringify(text)}`);
}

const bytesOf = (text: string): number => encoder.encode(text).length;
