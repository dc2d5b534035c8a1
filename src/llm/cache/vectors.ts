// Vectors as they are kept: a byte for each number, and what they are to be multiplied by. A quarter of the
// room, and similarity moves by less than 0.005.

/** Of length 1, once multiplied by `scale`. */
export type Packed = { scale: number; bytes: Int8Array };

/** Bytes before the numbers: the scale, as a float of 32 bits. */
const HEAD = 4;

/** What the largest number of a vector becomes. */
const LEAST = 90;
const MOST = 127;

/** Null where there is no direction to it, or not length 1. */
export function packed(vector: Float32Array): Packed | null {
  let most = 0;
  let sum = 0;
  for (const value of vector) {
    most = Math.max(most, Math.abs(value));
    sum += value * value;
  }
  if (!(Math.abs(Math.sqrt(sum) - 1) < 0.01)) return null;
  // Vectors of words hold few different numbers, and all of one are rounded the same way: what the largest
  // becomes is chosen so that little is lost.
  let best = rounded(vector, 0);
  for (let largest = LEAST; largest <= MOST; largest++) {
    const next = rounded(vector, largest / most);
    if (next.error < best.error) best = next;
  }
  return { scale: Math.fround(best.scale), bytes: best.bytes };
}

function rounded(vector: Float32Array, by: number): Packed & { error: number } {
  const bytes = Int8Array.from(vector, (value) => Math.round(value * by));
  let length = 0;
  for (const value of bytes) length += value * value;
  const scale = length === 0 ? 0 : 1 / Math.sqrt(length);
  let error = 0;
  for (let i = 0; i < bytes.length; i++) error += ((vector[i] ?? 0) - (bytes[i] ?? 0) * scale) ** 2;
  return { scale, bytes, error };
}

/** Null where they cannot be compared: another length, or no numbers. */
export function cosine(a: Float32Array, { scale, bytes }: Packed): number | null {
  if (a.length !== bytes.length || !(scale > 0)) return null;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (bytes[i] ?? 0);
  const similarity = sum * scale;
  return Number.isFinite(similarity) ? Math.min(1, similarity) : null;
}

export function toBlob({ scale, bytes }: Packed): ArrayBuffer {
  const blob = new ArrayBuffer(HEAD + bytes.length);
  new DataView(blob).setFloat32(0, scale, true);
  new Int8Array(blob, HEAD).set(bytes);
  return blob;
}

/** Empty, and so no neighbour, where it is none of ours. */
export function fromBlob(blob: ArrayBuffer): Packed {
  if (blob.byteLength < HEAD) return { scale: 0, bytes: new Int8Array() };
  return { scale: new DataView(blob).getFloat32(0, true), bytes: new Int8Array(blob, HEAD) };
}
