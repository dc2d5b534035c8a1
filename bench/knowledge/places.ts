// Indexes of a given number of chunks, each a tenant's of its own: filled by the index object's calls, not
// through the queue, and written down where they are to be measured again.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { embeddedEmbedder } from "../../src/llm/embedders/embedded.ts";
import { people } from "../auth/people.ts";
import { post } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";
import { type Texts, vectorsOf } from "./texts.ts";
import type { Figures, Fill } from "./worker.ts";

/** Chunks of a document. */
export const OF_A_DOCUMENT = 20;
/** Documents that a request carries. */
const AT_ONCE = 20;

export const EMBEDDER = embeddedEmbedder().id;

/** `key`: an API key's header. It ends with the data, not after minutes. */
export type Place = {
  size: number;
  tenant: string;
  collection: string;
  key: Record<string, string>;
};

const placesSchema = z.array(
  z.object({
    size: z.number(),
    tenant: z.string(),
    collection: z.string(),
    key: z.record(z.string(), z.string()),
  }),
);
const madeSchema = z.object({ id: z.string() });
const figuresSchema = z.object({ documents: z.number(), chunks: z.number(), shards: z.number() });

/** @param data where they are kept for another time; those that are there already are used */
export async function places(
  host: Host,
  texts: Texts,
  sizes: readonly number[],
  data: string | null,
): Promise<Place[]> {
  const file = data === null ? null : join(data, "places.json");
  if (file !== null && existsSync(file)) {
    const known = placesSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return sizes.map((size) => {
      const place = known.find((one) => one.size === size);
      if (place === undefined) throw new Error(`${data} has no index of ${size} chunks`);
      return place;
    });
  }
  const owners = await people(host, sizes.length);
  const all: Place[] = [];
  for (const [at, size] of sizes.entries()) {
    const owner = owners[at];
    if (owner === undefined) throw new Error("nobody registered");
    const made = await post(`${host.url}/api/v1/collections`, '{"name":"Bench"}', owner.token);
    const { id: collection } = madeSchema.parse(made);
    const place = { size, tenant: owner.session.tenant_id, collection, key: owner.key };
    await fill(host, texts, place);
    all.push(place);
  }
  if (file !== null) writeFileSync(file, JSON.stringify(all));
  return all;
}

async function fill(host: Host, texts: Texts, { size, tenant, collection }: Place): Promise<void> {
  const documents = Math.ceil(size / OF_A_DOCUMENT);
  for (let from = 0; from < documents; from += AT_ONCE) {
    const call: Fill = {
      tenant,
      collection,
      embedder: EMBEDDER,
      documents: Array.from({ length: Math.min(AT_ONCE, documents - from) }, (_, at) => {
        const made = texts.document(from + at, OF_A_DOCUMENT);
        return {
          document: `doc_${String(from + at).padStart(26, "0")}`,
          ...made,
          vectors: base64(vectorsOf(made)),
        };
      }),
    };
    await post(`${host.url}/bench/fill`, JSON.stringify(call), {});
  }
  const { chunks } = await figuresOf(host, tenant);
  if (chunks !== documents * OF_A_DOCUMENT) throw new Error(`${chunks} chunks are there`);
}

async function figuresOf(host: Host, tenant: string): Promise<Figures> {
  return figuresSchema.parse(await post(`${host.url}/bench/figures?tenant=${tenant}`, "{}", {}));
}

export function base64(floats: Float32Array): string {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("base64");
}
