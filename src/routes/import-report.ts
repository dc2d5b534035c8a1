// What an import says of itself when it is over.
import { z } from "zod";

/** Of each list so many are told; the rest is counted. */
const MOST_TOLD = 1000;

const skippedSchema = z.object({
  conversation: z.string().describe("Its id in the file, else its place there (`#3`)."),
  message: z.string().optional(),
  reason: z.string(),
});

export const importedSchema = z.object({
  imported: z
    .array(
      z.object({
        id: z.string(),
        title: z.string().nullable(),
        messages: z.int(),
        source_id: z.string().nullable(),
      }),
    )
    .describe("The first thousand; `totals.conversations` counts all."),
  skipped: z.array(skippedSchema).describe("The first thousand; `totals.skipped` counts all."),
  notes: z.array(skippedSchema).describe("Of what was imported, what is otherwise than it was."),
  broke_off: z
    .string()
    .nullable()
    .describe("Where the file could not be read to its end: why. What came before is imported."),
  totals: z.object({ conversations: z.int(), messages: z.int(), skipped: z.int(), notes: z.int() }),
});
export type ImportReport = z.infer<typeof importedSchema>;

export class Report {
  readonly #told: ImportReport = {
    imported: [],
    skipped: [],
    notes: [],
    broke_off: null,
    totals: { conversations: 0, messages: 0, skipped: 0, notes: 0 },
  };

  imported(conversation: ImportReport["imported"][number]): void {
    if (this.#told.imported.length < MOST_TOLD) this.#told.imported.push(conversation);
    this.#told.totals.conversations++;
    this.#told.totals.messages += conversation.messages;
  }

  skipped(conversation: string, message: string | null, reason: string): void {
    this.#tell("skipped", conversation, message, reason);
  }

  note(conversation: string, message: string | null, reason: string): void {
    this.#tell("notes", conversation, message, reason);
  }

  get conversations(): number {
    return this.#told.totals.conversations;
  }

  whole(broke_off: string | null): ImportReport {
    return { ...this.#told, broke_off };
  }

  #tell(
    where: "skipped" | "notes",
    conversation: string,
    message: string | null,
    reason: string,
  ): void {
    this.#told.totals[where]++;
    if (this.#told[where].length < MOST_TOLD)
      this.#told[where].push({ conversation, ...(message === null ? {} : { message }), reason });
  }
}
