// POST /import: conversations from a file, read as it comes. What can be taken is; what cannot is told.
import { Hono } from "hono";
import { z } from "zod";
import { FORMAT, VERSION } from "../protocol/transfer.ts";
import { AppError } from "../errors.ts";
import { ImportFile, NotOurs } from "../protocol/import-file.ts";
import { BrokenJson } from "../protocol/json-walk.ts";
import { describeFailure, Importing } from "./importing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, describesBody } from "./declare.ts";
import { importedSchema } from "./import-report.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

export const IMPORT_PATH = "/api/v1/import";
const LARGEST = 100 * 1024 * 1024;
const IMPORTED = {
  format: FORMAT,
  version: VERSION,
  conversations: [
    {
      id: "conv_01kakf9zt4000e5r8h2b7wq3xm",
      title: "Tides",
      messages: [{ id: "1", parent_id: null, role: "user", content: "Explain tides" }],
    },
  ],
};
const TOO_LARGE = "body: should have at most 100 MiB; split the file";

export const importing = new Hono<AppEnv>().post(
  "/import",
  requirePrincipal,
  requires({ scope: "conversations" }),
  describes(
    "export",
    "Take conversations from an export of Edgewise, or from ChatGPT's conversations.json",
    [{ status: 200, description: "What was taken, and what was not", schema: importedSchema }],
    ["AUTHENTICATION_ERROR", "VALIDATION_ERROR", "PAYLOAD_TOO_LARGE"],
  ),
  describesBody(
    z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]),
    ["application/json"],
    IMPORTED,
  ),
  async (c) => {
    if (Number(c.req.header("Content-Length") ?? 0) > LARGEST)
      throw new AppError("PAYLOAD_TOO_LARGE", TOO_LARGE, { field: "body", limit: LARGEST });
    const taken = take(c, c.req.raw.body);
    // Whoever leaves in the middle leaves no half of a conversation behind.
    c.executionCtx.waitUntil(taken.catch(() => undefined));
    return c.json(await taken);
  },
);

async function take(
  c: AppContext,
  body: ReadableStream<Uint8Array> | null,
): Promise<z.infer<typeof importedSchema>> {
  const file = new ImportFile();
  const arriving = new Importing(c, file);
  try {
    for await (const bytes of body ?? []) {
      if (file.bytes + bytes.length > LARGEST) throw new TooLarge();
      for (const event of file.push(bytes)) await arriving.take(event);
    }
    for (const event of file.end()) await arriving.take(event);
    await arriving.settle();
    return arriving.report(null);
  } catch (thrown) {
    await arriving.breakOff();
    const reason = describeFailure(thrown);
    const nothing = !arriving.hasAny;
    if (nothing && thrown instanceof TooLarge)
      throw new AppError("PAYLOAD_TOO_LARGE", TOO_LARGE, { field: "body", limit: LARGEST });
    if (nothing && (thrown instanceof NotOurs || thrown instanceof BrokenJson))
      throw new AppError("VALIDATION_ERROR", reason, { field: "body" });
    c.var.services.log.info("import.broke_off", { request_id: c.var.request_id, reason });
    return arriving.report(reason);
  }
}

class TooLarge extends Error {
  override readonly name = "TooLarge";
  override readonly message = TOO_LARGE;
}
