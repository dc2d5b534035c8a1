// Documents over HTTP: bring them in, see how far they are, find what they say.
import { type Http, pathOf } from "./http.ts";
import type {
  Document,
  DocumentQuery,
  NewDocument,
  Pagination,
  Search,
  SearchResult,
} from "./types.ts";

export type DocumentPage = { documents: Document[]; pagination: Pagination };
export type Found = { results: SearchResult[]; notices: string[] };

export class Documents {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Taken, and indexed in the background: `get` tells how far it is. */
  create(document: NewDocument): Promise<Document> {
    return this.#http.request("POST", "/documents", { body: bodyOf(document) });
  }

  list(query: DocumentQuery = {}): Promise<DocumentPage> {
    return this.#http.request("GET", "/documents", { query });
  }

  get(id: string): Promise<Document> {
    return this.#http.request("GET", pathOf`/documents/${id}`);
  }

  /** Indexed anew: as its collection is set now, or what its address says now. */
  reindex(id: string): Promise<Document> {
    return this.#http.request("POST", pathOf`/documents/${id}/reindex`);
  }

  async delete(id: string): Promise<void> {
    await this.#http.request("DELETE", pathOf`/documents/${id}`);
  }

  search(search: Search): Promise<Found> {
    return this.#http.request("POST", "/documents/search", { body: search, repeatable: true });
  }
}

function bodyOf(document: NewDocument): object {
  if (!("file" in document)) return document;
  const { file, name, metadata, ...rest } = document;
  const form = new FormData();
  form.set("file", file, name ?? (file instanceof File ? file.name : "document"));
  for (const [field, value] of Object.entries(rest))
    if (value !== undefined) form.set(field, value);
  if (metadata !== undefined) form.set("metadata", JSON.stringify(metadata));
  return form;
}
