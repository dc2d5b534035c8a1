// What a file says of a conversation beside its messages.
import { z } from "zod";
import { milliseconds } from "./import-chatgpt.ts";
import type { ImportFormat } from "./import-file.ts";
import { createSchema } from "./send.ts";
import { shortened, sound } from "./shortened.ts";

const LONGEST_TITLE = 255;

export type Facts = Omit<z.infer<typeof createSchema>, "prompt"> & {
  source_id?: string | undefined;
  /** The id of the message that ends what is shown. */
  leaf?: string | undefined;
  created_at?: number | undefined;
  status?: "completed" | undefined;
};

const id = z.string().min(1).max(200).transform(sound);
const title = z
  .string()
  .transform((text) => titleOf(text))
  .or(z.null().transform(() => undefined));
/** What is not chosen says null. */
const orNothing = <S extends z.ZodType>(schema: S) =>
  schema.or(z.null().transform(() => undefined)).optional();

const { shape } = createSchema;
const edgewise = {
  id: id.transform((source_id) => ({ source_id })),
  title: title.transform((text) => ({ title: text })),
  leaf_id: orNothing(z.string()).transform((leaf) => ({ leaf })),
  // Pages are turned by times: none is before 1970.
  created_at: z.iso
    .datetime({ offset: true })
    .transform((at) => ({ created_at: Math.max(0, Date.parse(at)) })),
  status: z.string().transform((it): Facts => (it === "completed" ? { status: it } : {})),
  provider: orNothing(shape.provider).transform((provider) => ({ provider })),
  model: orNothing(shape.model).transform((model) => ({ model })),
  system_prompt: orNothing(shape.system_prompt).transform((system_prompt) => ({ system_prompt })),
  pinned: shape.pinned.transform((pinned) => ({ pinned })),
  tags: shape.tags.transform((tags) => ({ tags })),
  memory: shape.memory.transform((memory) => ({ memory })),
  tone: orNothing(shape.tone).transform((tone) => ({ tone })),
  context: orNothing(shape.context).transform((context) => ({ context })),
  metadata: shape.metadata.transform((metadata) => ({ metadata })),
  prompt: z.null("a prompt is not taken along; choose one here").transform(() => ({})),
};
const chatgpt = {
  id: id.transform((source_id) => ({ source_id })),
  conversation_id: id.transform((source_id) => ({ source_id })),
  title: title.transform((text) => ({ title: text })),
  create_time: z
    .number()
    .nullable()
    .transform((at) => ({ created_at: milliseconds(at) || undefined })),
  current_node: orNothing(z.string()).transform((leaf) => ({ leaf })),
  is_starred: orNothing(z.boolean()).transform((pinned) => ({ pinned })),
};
const schemas: Record<ImportFormat, Map<string, z.ZodType<Facts>>> = {
  edgewise: new Map(Object.entries(edgewise)),
  chatgpt: new Map(Object.entries(chatgpt)),
};

/** What is no field of ours says nothing. `note`: why a field that is was left out. */
export function readField(
  format: ImportFormat,
  name: string,
  value: unknown,
): { facts: Facts; note: string | null } {
  const read = schemas[format].get(name)?.safeParse(value);
  if (read === undefined) return { facts: {}, note: null };
  if (read.success) return { facts: read.data, note: null };
  const why = read.error.issues[0]?.message ?? "is not valid";
  return { facts: {}, note: `${name} was left out: ${why}` };
}

/** A title as it may be, of whatever somebody gave it. */
function titleOf(text: string): string | undefined {
  return shortened(sound(text).trim().replace(/\s+/g, " "), LONGEST_TITLE) || undefined;
}
