// Vectors in a byte a dimension: a quarter of the room, and how far a score told by them can be from the
// true one. Nothing here knows what vectors mean, or where they are kept.

/** Numbers before the codes of each vector: its scale, and its distance to what its codes stand for. */
const HEADS = 2;
const LARGEST = 127;
/** Of sums of doubles, generously. */
const ROUNDING = 1e-9;

/** Vector `i` has heads at 2i and codes at i × dimensions. */
export type Codes = { heads: Float32Array; codes: Int8Array };

/** Bytes that a vector takes in memory. */
export const bytesOf = (dimensions: number): number => HEADS * 4 + dimensions;

export function makeCodes(vectors: number, dimensions: number): Codes {
  return {
    heads: new Float32Array(vectors * HEADS),
    codes: new Int8Array(vectors * dimensions),
  };
}

/** As they are stored: all heads, then all codes. */
export function encode(floats: Float32Array, dimensions: number): ArrayBuffer {
  const vectors = floats.length / dimensions;
  const blob = new ArrayBuffer(vectors * bytesOf(dimensions));
  const { heads, codes } = decode(blob, vectors);
  for (let i = 0; i < vectors; i++) {
    const from = i * dimensions;
    let largest = 0;
    for (let at = from; at < from + dimensions; at++)
      largest = Math.max(largest, Math.abs(floats[at] ?? 0));
    const scale = Math.fround(largest / LARGEST);
    let sum = 0;
    for (let at = from; at < from + dimensions; at++) {
      const value = floats[at] ?? 0;
      const code = scale === 0 ? 0 : Math.round(value / scale);
      codes[at] = Math.max(-LARGEST, Math.min(LARGEST, code));
      sum += (value - scale * (codes[at] ?? 0)) ** 2;
    }
    heads[i * HEADS] = scale;
    // Rounded to 32 bits it must not become less.
    heads[i * HEADS + 1] = Math.sqrt(sum) * (1 + 1e-6);
  }
  return blob;
}

/** A view of what {@link encode} made. */
export function decode(blob: ArrayBuffer, vectors: number): Codes {
  return {
    heads: new Float32Array(blob, 0, vectors * HEADS),
    codes: new Int8Array(blob, vectors * HEADS * 4),
  };
}

/** A query, its numbers as whole ones: as large as sums of 32 bits allow, so that rounding is next to nothing. */
export type Asked = {
  dimensions: number;
  weights: Int32Array;
  /** What a sum is multiplied by, beside the vector's scale. */
  unit: number;
  /** What a vector's distance to its codes weighs in the error of its score. */
  length: number;
  /** What a vector's scale weighs in it. */
  blur: number;
};

export function ask(vector: Float32Array): Asked {
  const dimensions = vector.length;
  let [sum, squares] = [0, 0];
  for (const value of vector) {
    sum += Math.abs(value);
    squares += value * value;
  }
  const most = (2 ** 31 - 1) / LARGEST - dimensions / 2;
  const unit = sum / most;
  const weights = new Int32Array(dimensions);
  let lost = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = vector[i] ?? 0;
    weights[i] = unit === 0 ? 0 : Math.round(value / unit);
    lost += (value - unit * (weights[i] ?? 0)) ** 2;
  }
  const length = Math.sqrt(squares) * (1 + ROUNDING);
  // |q·d − q̂·d̂| ≤ |q|·|d − d̂| + |q − q̂|·|d̂|, and |d̂| ≤ scale · 127 · √dimensions.
  const blur = LARGEST * Math.sqrt(dimensions) * (Math.sqrt(lost) + ROUNDING * length);
  return { dimensions, weights, unit, length, blur };
}

/**
 * Sums of codes times weights, of `count` vectors from `start` on. Four at a time share what is read of the
 * query: of what was tried in V8 the fastest, one after another and floats among it.
 */
export function sums(
  { codes }: Codes,
  start: number,
  count: number,
  asked: Asked,
  out: Int32Array,
): void {
  const { dimensions, weights } = asked;
  const paired = dimensions - (dimensions % 2);
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const first = (start + i) * dimensions;
    const second = first + dimensions;
    const third = second + dimensions;
    const fourth = third + dimensions;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0; k < paired; k += 2) {
      const one = weights[k] ?? 0;
      a = (a + Math.imul(codes[first + k] ?? 0, one)) | 0;
      b = (b + Math.imul(codes[second + k] ?? 0, one)) | 0;
      c = (c + Math.imul(codes[third + k] ?? 0, one)) | 0;
      d = (d + Math.imul(codes[fourth + k] ?? 0, one)) | 0;
      const other = weights[k + 1] ?? 0;
      a = (a + Math.imul(codes[first + k + 1] ?? 0, other)) | 0;
      b = (b + Math.imul(codes[second + k + 1] ?? 0, other)) | 0;
      c = (c + Math.imul(codes[third + k + 1] ?? 0, other)) | 0;
      d = (d + Math.imul(codes[fourth + k + 1] ?? 0, other)) | 0;
    }
    if (paired < dimensions) {
      const last = weights[paired] ?? 0;
      a = (a + Math.imul(codes[first + paired] ?? 0, last)) | 0;
      b = (b + Math.imul(codes[second + paired] ?? 0, last)) | 0;
      c = (c + Math.imul(codes[third + paired] ?? 0, last)) | 0;
      d = (d + Math.imul(codes[fourth + paired] ?? 0, last)) | 0;
    }
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
  }
  for (; i < count; i++) {
    const first = (start + i) * dimensions;
    let sum = 0;
    for (let k = 0; k < dimensions; k++)
      sum = (sum + Math.imul(codes[first + k] ?? 0, weights[k] ?? 0)) | 0;
    out[i] = sum;
  }
}
