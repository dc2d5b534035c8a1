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
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const prefix = folderOf(document);
    const page: R2Objects = await bucket.list(
      cursor === undefined ? { prefix } : { prefix, cursor },
    );
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}
