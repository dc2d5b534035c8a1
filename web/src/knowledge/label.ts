// How a source is called where there is a line for it.
import { t } from "../strings/translate.ts";
import type { Passage } from "./passages.ts";

export function labelOf({ number, document_name: name, page }: Passage): string {
  return page === null
    ? t("source.label", { number, name })
    : t("source.label.page", { number, name, page });
}
