// What POST /documents is sent: a file in a form, or JSON with a text or an address. Either becomes the
// same thing.
import { z } from "zod";
import { AppError } from "../errors.ts";
import { metadataSchema, wellFormed } from "../protocol/bounds.ts";
import type { AppContext } from "./context.ts";
import { checked, jsonOf } from "./declare.ts";

/** Characters of a text that is sent as JSON, about: its file has as many bytes as the body may. */
const LONGEST_URL = 2_000;

const nameSchema = wellFormed(
  z
    .string("should be text")
    .trim()
    .min(1, "should not be empty")
    .max(255, "should have at most 255 characters"),
);
const common = {
  title: wellFormed(
    z.string("should be text").max(255, "should have at most 255 characters"),
  ).optional(),
  collection: z.string("should be a collection's id").max(64).optional(),
  metadata: metadataSchema.optional(),
};

export const jsonBodySchema = z
  .object({
    name: nameSchema
      .optional()
      .describe("There is one of each in a collection: the same name again is its next version."),
    text: z.string("should be text").min(1, "should not be empty").optional(),
    url: z
      .url({ protocol: /^https?$/, error: "should be an https address" })
      .max(LONGEST_URL, `should have at most ${LONGEST_URL} characters`)
      .optional(),
    ...common,
  })
  .refine(({ text, url }) => (text === undefined) !== (url === undefined), {
    error: "is required: send either text or url (or a file, as multipart/form-data)",
    path: ["text"],
  })
  .refine(({ text, name }) => text === undefined || name !== undefined, {
    error: "is required: what the document is to be called",
    path: ["name"],
  });

export const formBodySchema = z
  .object({
    file: z
      .instanceof(File, { error: "is required: the document, as a file" })
      .meta({ type: "string", format: "binary" }),
    name: nameSchema.optional(),
    ...common,
    metadata: z
      .string()
      .transform((value, context) => {
        try {
          const read: unknown = JSON.parse(value);
          return read;
        } catch {
          context.addIssue("should be JSON");
          return z.NEVER;
        }
      })
      .pipe(metadataSchema)
      .optional(),
  })
  // A file is none that JSON could show; its text is.
  .meta({
    example: {
      file: "# Leave\n\nEverybody has 28 days of leave a year.",
      name: "leave.md",
      metadata: '{"team": "people"}',
    },
  });

export type Brought = {
  name: string;
  title: string | null;
  collection: string | undefined;
  metadata: Record<string, unknown>;
  content: { bytes: Uint8Array; type: string } | { url: string };
};

/** @throws {AppError} VALIDATION_ERROR, PAYLOAD_TOO_LARGE */
export async function documentFrom(c: AppContext, largest: number): Promise<Brought> {
  const type = c.req.header("Content-Type") ?? "";
  return /^multipart\/form-data\b/i.test(type) ? fromForm(c, largest) : fromJson(c, largest);
}

async function fromForm(c: AppContext, largest: number): Promise<Brought> {
  const form = await c.req.parseBody().catch(() => {
    throw new AppError("VALIDATION_ERROR", "body: is not a form that can be read", {
      field: "body",
    });
  });
  const { file, name, title = null, collection, metadata = {} } = checked(formBodySchema, form);
  requireSize(file.size, largest);
  return {
    name: nameOf(name ?? file.name),
    title,
    collection,
    metadata,
    content: { bytes: new Uint8Array(await file.arrayBuffer()), type: file.type },
  };
}

async function fromJson(c: AppContext, largest: number): Promise<Brought> {
  const body = await jsonOf(c);
  const {
    name,
    title = null,
    text,
    url,
    collection,
    metadata = {},
  } = checked(jsonBodySchema, body);
  const about = { title, collection, metadata };
  if (text === undefined)
    return { ...about, name: name ?? nameOf(url ?? ""), content: { url: url ?? "" } };
  const bytes = new TextEncoder().encode(text);
  requireSize(bytes.byteLength, largest);
  return { ...about, name: name ?? "", content: { bytes, type: "text/plain; charset=utf-8" } };
}

function requireSize(bytes: number, largest: number): void {
  if (bytes > largest)
    throw new AppError(
      "PAYLOAD_TOO_LARGE",
      `file: should have at most ${Math.floor(largest / 1024 / 1024)} MiB. Split it and send the parts.`,
      { field: "file", limit: largest },
    );
}

/** A file's name without its folders, as long as a name may be. */
function nameOf(given: string): string {
  const name = given.includes("://") ? given : (given.split(/[/\\]/).at(-1) ?? given);
  const sound = name.toWellFormed().replaceAll("\0", "").trim().slice(0, 255).toWellFormed();
  return sound === "" ? "document" : sound;
}
