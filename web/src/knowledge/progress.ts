// How far a document is, as a share and in words; and its size. Pure.
import type { Document } from "../../../client/types.ts";
import { t } from "../strings/translate.ts";

/** Of the whole, reading its pages: the rest is indexing what was read. */
const READING = 0.3;

/** @returns 0 to 1; null while nothing is known */
export function shareOf({ pages, pages_done, chunks, chunks_done }: Document["progress"]) {
  if (chunks !== null && chunks > 0) {
    const before = pages === null ? 0 : READING;
    return before + (1 - before) * (chunks_done / chunks);
  }
  return pages !== null && pages > 0 ? READING * (pages_done / pages) : null;
}

export function wordsFor({ status, progress }: Document): string {
  const { pages, pages_done, chunks, chunks_done } = progress;
  if (status === "queued") return t("document.queued");
  if (chunks !== null && chunks > 0)
    return t("document.chunks-of", {
      done: chunks_done.toLocaleString(),
      of: chunks.toLocaleString(),
    });
  if (pages !== null && pages > 0)
    return t("document.pages-of", {
      done: pages_done.toLocaleString(),
      of: pages.toLocaleString(),
    });
  return t("document.processing");
}

export function sizeOf(bytes: number): string {
  const [unit, in_unit] =
    bytes < 1000
      ? ["byte", bytes]
      : bytes < 1_000_000
        ? ["kilobyte", bytes / 1000]
        : ["megabyte", bytes / 1_000_000];
  return in_unit.toLocaleString(undefined, {
    style: "unit",
    unit,
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: in_unit < 10 ? 1 : 0,
  });
}
