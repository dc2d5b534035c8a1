// Documents as they were brought, in R2: `originals/<tenant>/<document>/<hash of the content>`.
import type { DocumentRow } from "./documents.ts";

export type Originals = Pick<R2Bucket, "get" | "put" | "delete" | "list">;

const folderOf = ({ tenant_id, id }: Pick<DocumentRow, "tenant_id" | "id">) =>
  `originals/${tenant_id}/${id}/`;

/** Of its newest content. */
export function originalKey(
  row: Pick<DocumentRow, "tenant_id" | "id"> & { content_hash: string | null },
): string {
  return `${folderOf(row)}${row.content_hash ?? "unfetched"}`;
}

/** Every version of a document that is there. */
export async function originalsOf(
  bucket: Originals,
  document: Pick<DocumentRow, "tenant_id" | "id">,
): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: folderOf(document) });
  return objects.map(({ key }) => key);
}
