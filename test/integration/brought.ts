// Documents of tests: brought as anybody brings them, and waited for.
import type { z } from "zod";
import type { SearchResult } from "../../src/protocol/knowledge.ts";
import type { documentSchema } from "../../src/routes/document-view.ts";
import { type Client, eventually } from "./client.ts";

export type Document = z.infer<typeof documentSchema>;
type Body = {
  name?: string;
  text?: string;
  url?: string;
  title?: string;
  collection?: string;
  metadata?: object;
};

export const DOCUMENTS = "/api/v1/documents";

export const bring = (client: Client, body: Body): Promise<Document> =>
  client.json<Document>(DOCUMENTS, { json: body });

export async function bringFile(
  client: Client,
  name: string,
  bytes: Uint8Array | string,
  fields: Record<string, string> = {},
): Promise<Document> {
  const form = new FormData();
  form.set("file", new File([bytes], name));
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  return client.json<Document>(DOCUMENTS, { method: "POST", body: form });
}

export const documentOf = (client: Client, id: string) =>
  client.json<Document>(`${DOCUMENTS}/${id}`);

/** As it is when it is on its way no more. */
export function ended(client: Client, { id }: Pick<Document, "id">): Promise<Document> {
  return eventually(async () => {
    const document = await documentOf(client, id);
    return (document.status === "indexed" || document.status === "failed") && document;
  }, 15_000);
}

/** Brought and found. @throws where it could not be indexed */
export async function know(client: Client, body: Body): Promise<Document> {
  const document = await ended(client, await bring(client, body));
  if (document.status !== "indexed") throw new Error(`${document.reason}: ${document.error}`);
  return document;
}

export async function searchFor(
  client: Client,
  query: string,
  rest: Record<string, unknown> = {},
): Promise<SearchResult[]> {
  const { results } = await client.json<{ results: SearchResult[] }>(`${DOCUMENTS}/search`, {
    json: { query, ...rest },
  });
  return results;
}

export async function collectionOf(
  client: Client,
  body: Record<string, unknown> = {},
): Promise<string> {
  const name = `c${Math.random().toString(36).slice(2)}`;
  return (await client.json<{ id: string }>("/api/v1/collections", { json: { name, ...body } })).id;
}
