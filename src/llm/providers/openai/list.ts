// A vendor's models, from OpenAI's list or from one of its own that says more.
import type OpenAI from "openai";
import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import type { ListedModel } from "../../provider.ts";
import type { ReachedVendor } from "./vendors.ts";

/** Ollama's (docs.ollama.com/api/tags): what is installed, how large it is, and since when. */
const tagsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      size: z.number().optional(),
      modified_at: z.string().optional(),
    }),
  ),
});

/** @throws what the SDK throws; {ProviderError} `malformed` for an answer that is no list */
export async function listModels(
  client: OpenAI,
  vendor: ReachedVendor,
  signal: AbortSignal,
): Promise<ListedModel[]> {
  const { nativeList, path } = vendor.traits;
  if (nativeList === undefined) {
    const page = await client.models.list({ signal });
    return page.data.map(({ id }) => ({ id }));
  }
  const url = `${vendor.baseURL.slice(0, vendor.baseURL.length - path.length)}${nativeList}`;
  const answer: unknown = await client.get(url, { signal });
  const tags = tagsSchema.safeParse(answer);
  if (!tags.success) throw new ProviderError("malformed", vendor.id, { cause: tags.error });
  return tags.data.models.map(({ name, size, modified_at }) => ({
    id: name,
    bytes: size,
    modified_at: instantOf(modified_at),
  }));
}

/** Its times name a zone and count nanoseconds. */
function instantOf(time: string | undefined): string | undefined {
  const milliseconds = Date.parse(time ?? "");
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}
