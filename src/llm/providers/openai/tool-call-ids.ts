// Ids of tool calls in a form that a vendor takes: a conversation may have got them from another.

/** The same id always becomes the same; what fits stays as it is. */
export function fitting(id: string, pattern: RegExp | undefined): string {
  return pattern === undefined || pattern.test(id) ? id : hashOf(id);
}

/** Nine of a-z and 0-9, which is what the strictest takes. FNV-1a, over each half of 64 bits. */
function hashOf(id: string): string {
  let [high, low] = [0x811c9dc5, 0xcbf29ce4];
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x01000193) >>> 0;
    low = Math.imul(low ^ (unit + at), 0x01000193) >>> 0;
  }
  return (high.toString(36) + low.toString(36)).padStart(9, "0").slice(-9);
}
