// A vendor's embeddings on loopback: texts that share words are near each other, and so are those that share a
// meaning of the few that it knows. The model's name is the script: `stub-vectors:dims=16,fault=500x2,tag=abc`.
import type { ServerResponse } from "node:http";

/** What means the same. */
const MEANINGS: readonly (readonly string[])[] = [
  ["car", "automobile", "vehicle"],
  ["doctor", "physician"],
  ["buy", "purchase"],
];

const asked = new Map<string, number>();

export function embed(
  body: { model: string; input: string[]; encoding_format?: string },
  response: ServerResponse,
): void {
  const field = (name: string) => new RegExp(`[:,]${name}=([^,]+)`).exec(body.model)?.[1] ?? "";
  const calls = (asked.get(field("tag")) ?? 0) + 1;
  asked.set(field("tag"), calls);
  const fault = /^(\d{3})(?:x(\d+))?$/.exec(field("fault"));
  if (fault !== null && calls <= Number(fault[2] ?? Number.POSITIVE_INFINITY)) {
    response.writeHead(Number(fault[1]), { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "no vectors", type: "stub_error" } }));
    return;
  }
  const dimensions = Number(field("dims") || 16);
  const data = body.input.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    const embedding =
      body.encoding_format === "base64"
        ? Buffer.from(vector.buffer).toString("base64")
        : [...vector];
    return { object: "embedding", index, embedding };
  });
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      object: "list",
      model: body.model,
      data,
      usage: { prompt_tokens: body.input.length, total_tokens: body.input.length },
    }),
  );
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions).fill(0.01);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const meaning = MEANINGS.find((words) => words.includes(word))?.[0] ?? word;
    if (meaning.length < 3) continue;
    let hash = 7;
    for (const char of meaning) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
    const at = hash % dimensions;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  return vector;
}
