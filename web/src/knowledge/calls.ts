// What the page asks of documents and collections over HTTP, typed.
import type { FileKind } from "../../../src/rag/blocks.ts";
import type {
  CollectionSettings,
  DOCUMENT_STATES,
  VISIBILITIES,
} from "../../../src/protocol/knowledge.ts";
import { request } from "../request.ts";

export type Document = {
  id: string;
  collection_id: string;
  name: string;
  title: string | null;
  status: (typeof DOCUMENT_STATES)[number];
  /** Why it failed, as a sentence with what can be done. */
  error: string | null;
  /** Whether it is found: while it is replaced, as it was. */
  searchable: boolean;
  /** Null until it was read. */
  kind: FileKind | null;
  bytes: number;
  progress: {
    pages_done: number;
    pages: number | null;
    chunks_done: number;
    chunks: number | null;
  };
  url: string | null;
  updated_at: string;
};

type Visibility = (typeof VISIBILITIES)[number];
type Pattern = CollectionSettings["pattern"];

export type Collection = {
  id: string;
  name: string;
  visibility: Visibility;
  pattern: Pattern;
  owner_id: string;
  /** Where it is one of a list. */
  documents?: number;
};

type Page = { pagination: { total: number; has_more: boolean } };

/** Of a page at most. */
export const LARGEST_PAGE = 100;

export function listDocuments(
  collection: string | null,
  offset: number,
  limit: number,
): Promise<{ documents: Document[] } & Page> {
  const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
  if (collection !== null) query.set("collection", collection);
  return request("GET", `/documents?${query}`);
}

/** Null: into one's own collection, which is there when it is needed. */
type Into = { collection: string | null };

const into = ({ collection }: Into) => (collection === null ? {} : { collection });

export function bringFile(file: File, where: Into): Promise<Document> {
  const form = new FormData();
  form.set("file", file, file.name);
  if (where.collection !== null) form.set("collection", where.collection);
  return request("POST", "/documents", form);
}

export const bringText = (name: string, text: string, where: Into) =>
  request<Document>("POST", "/documents", { name, text, ...into(where) });

export const bringAddress = (url: string, where: Into) =>
  request<Document>("POST", "/documents", { url, ...into(where) });

export const reindex = (id: string) => request<Document>("POST", `/documents/${id}/reindex`);

export const deleteDocument = (id: string) => request<undefined>("DELETE", `/documents/${id}`);

/** All of them: there are at most a few hundred. */
export async function listCollections(): Promise<Collection[]> {
  const collections: Collection[] = [];
  for (;;) {
    const page = await request<{ collections: Collection[] } & Page>(
      "GET",
      `/collections?limit=${LARGEST_PAGE}&offset=${collections.length}`,
    );
    collections.push(...page.collections);
    if (!page.pagination.has_more || page.collections.length === 0) return collections;
  }
}

export const readCollection = (id: string) => request<Collection>("GET", `/collections/${id}`);

type Settings = { name: string; visibility: Visibility; pattern: Pattern };

export const makeCollection = (settings: Settings) =>
  request<Collection>("POST", "/collections", settings);

export const changeCollection = (id: string, settings: Settings) =>
  request<Collection>("PATCH", `/collections/${id}`, settings);

export const deleteCollection = (id: string) => request<undefined>("DELETE", `/collections/${id}`);
