// The bytes of a file → what is in it. Each format's reader is imported when a file of it comes; whatever goes
// wrong in one ends as a LoadError.
import { LoadError, type FileKind, type Loaded } from "../blocks.ts";
import { shown } from "./collected.ts";
import { detectKind, type Hints } from "./detect.ts";
import { type Limits, LIMITS } from "./limits.ts";
import type { Readable, Told } from "./readable.ts";

export type LoadOptions = {
  limits?: Limits;
  /** Awaited after each page of a file that has any; what it throws ends the reading, and is thrown. */
  progress?: (pagesDone: number, pagesTotal: number) => void | Promise<void>;
  signal?: AbortSignal;
};

/**
 * @param bytes are used up: a PDF's may be empty afterwards
 * @throws {LoadError} with the reason why it cannot be read; the signal's reason; what `progress` throws
 */
export async function loadDocument(
  bytes: Uint8Array,
  hints: Hints,
  { limits = LIMITS, progress, signal }: LoadOptions = {},
): Promise<Loaded> {
  if (bytes.length > limits.bytes)
    throw new LoadError("too_large", `more than ${shown(limits.bytes)} bytes`);
  const kind = detectKind(bytes, hints);
  const interruption: { error?: unknown; happened: boolean } = { happened: false };
  const uninterrupted = async (step: () => void | Promise<void>) => {
    try {
      await step();
    } catch (error) {
      interruption.error = error;
      interruption.happened = true;
      throw error;
    }
  };
  const turn = () =>
    uninterrupted(async () => {
      await scheduler.wait(0);
      signal?.throwIfAborted();
    });
  try {
    await uninterrupted(() => signal?.throwIfAborted());
    const read = await readerOf(kind);
    const { facts, pages, blocks } = await read({
      bytes,
      hints,
      limits,
      turn,
      progress: (done, total) => uninterrupted(() => progress?.(done, total)),
    });
    if (blocks.length === 0) throw new LoadError("empty");
    return { kind, facts, pages, blocks };
  } catch (error) {
    if (interruption.happened) throw interruption.error;
    if (error instanceof LoadError) throw error;
    throw new LoadError("corrupt", "", { cause: error });
  }
}

async function readerOf(kind: FileKind): Promise<(readable: Readable) => Promise<Told>> {
  switch (kind) {
    case "pdf":
      return (await import("./pdf.ts")).readPdf;
    case "docx":
      return (await import("./docx.ts")).readDocx;
    case "html":
      return (await import("./html.ts")).readHtml;
    case "markdown":
      return (await import("./markdown.ts")).readMarkdown;
    case "text":
      return (await import("./text.ts")).readText;
    case "csv":
      return (await import("./csv.ts")).readCsv;
    case "json":
      return (await import("./json.ts")).readJson;
  }
}
