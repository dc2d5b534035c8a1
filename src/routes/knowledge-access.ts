// Who may do what with collections and documents. Another tenant's are not there, whatever is asked; so
// are those of one's own tenant that are private to somebody else.
import type { Principal } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { collectionSettingsSchema } from "../protocol/knowledge.ts";
import {
  type CollectionRow,
  ensureCollection,
  readableCollection,
  searchable,
} from "../store/collections.ts";
import { documentById, type DocumentRow } from "../store/documents.ts";
import type { AppContext } from "./context.ts";

const noCollection = (id: string) =>
  new AppError("NOT_FOUND", "No such collection. List yours with GET /api/v1/collections.", {
    collection_id: id,
  });
const noDocument = (id: string) =>
  new AppError("NOT_FOUND", "No such document. List yours with GET /api/v1/documents.", {
    document_id: id,
  });

/** @throws {AppError} NOT_FOUND */
export async function collectionToRead(c: AppContext, id: string): Promise<CollectionRow> {
  const { services, principal } = c.var;
  const db = services.database(principal.tenant_id);
  const row = await readableCollection(db, principal, id);
  if (row === undefined) throw noCollection(id);
  return row;
}

/** @throws {AppError} NOT_FOUND, FORBIDDEN */
export async function collectionToChange(c: AppContext, id: string): Promise<CollectionRow> {
  const row = await collectionToRead(c, id);
  if (mayChange(c.var.principal, row)) return row;
  throw new AppError(
    "FORBIDDEN",
    "Only its owner and the organisation's administrators change this collection. Make one of your own with POST /api/v1/collections.",
    { collection_id: id },
  );
}

function mayChange(principal: Principal, row: CollectionRow): boolean {
  if (row.tenant_id !== principal.tenant_id) return false;
  return row.user_id === principal.user_id || principal.roles.includes("admin");
}

/** A document, and the collection by whose right it is seen. @throws {AppError} NOT_FOUND */
export async function documentToRead(
  c: AppContext,
  id: string,
): Promise<{ document: DocumentRow; collection: CollectionRow }> {
  const { services, principal } = c.var;
  const db = services.database(principal.tenant_id);
  const document = await documentById(db, id);
  const collection =
    document === undefined
      ? undefined
      : await readableCollection(db, principal, document.collection_id);
  if (document === undefined || collection === undefined) throw noDocument(id);
  return { document, collection };
}

/** @throws {AppError} NOT_FOUND, FORBIDDEN */
export async function documentToChange(c: AppContext, id: string): Promise<DocumentRow> {
  const { document, collection } = await documentToRead(c, id);
  if (mayChange(c.var.principal, collection)) return document;
  throw new AppError(
    "FORBIDDEN",
    "Only the owner of its collection and the organisation's administrators change this document.",
    { document_id: id },
  );
}

/** Where a document goes that names no collection: everybody has one of their own, made when it is needed. */
export async function ownCollection(c: AppContext): Promise<CollectionRow> {
  const { services, principal } = c.var;
  const { tenant_id, user_id } = principal;
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(`${tenant_id} ${user_id} documents`),
  );
  const at = services.now();
  return ensureCollection(services.database(tenant_id), {
    id: derivedId("col", new Uint8Array(digest)),
    tenant_id,
    user_id,
    name: "Documents",
    description: null,
    visibility: "private",
    settings: JSON.stringify(collectionSettingsSchema.parse({})),
    version: 1,
    created_at: at,
    updated_at: at,
  });
}

/** @throws {AppError} NOT_FOUND where one that is named may not be read */
export async function collectionsToSearch(
  c: AppContext,
  ids: readonly string[] | undefined,
): Promise<CollectionRow[]> {
  const { services, principal } = c.var;
  const rows = await searchable(services.database(principal.tenant_id), principal, ids);
  const missing = ids?.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined) throw noCollection(missing);
  // In the order in which they were named: the first one's settings count.
  return ids === undefined ? rows : rows.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}
