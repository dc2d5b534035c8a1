// What the page asks of collections over HTTP, typed.
import type { Pagination } from "../../../client/types.ts";
import type { CollectionSettings, VISIBILITIES } from "../../../src/protocol/knowledge.ts";
import { request } from "../request.ts";

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

/** Of a page at most. */
export const LARGEST_PAGE = 100;

/** Null: into one's own collection, which is there when it is needed. */
export const into = (collection: string | null) => (collection === null ? {} : { collection });

/** All of them: there are at most a few hundred. */
export async function listCollections(): Promise<Collection[]> {
  const collections: Collection[] = [];
  for (;;) {
    const page = await request<{ collections: Collection[]; pagination: Pagination }>(
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
