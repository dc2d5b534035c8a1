// Edgewise's own export, read again: by somebody's hand it may have become anything.
import { z } from "zod";
import { metadataSchema, small } from "./bounds.ts";
import { lengthReason, type ReadMessage } from "./import-message.ts";
import { citationSchema } from "./knowledge.ts";
import {
  feedbackSchema,
  lengthOfPart,
  messageSchema,
  type Notice,
  noticeSchema,
  type Part,
  partSchema,
} from "./message.ts";
import { imageSchema, toolResultSchema } from "./send.ts";
import { sound } from "./shortened.ts";
import type { ToolCall } from "./tool.ts";

const count = z.int().min(0).max(1_000_000_000);
const name = z.string().max(100).nullable().catch(null);
const milliseconds = z.number().min(0).max(1e9).nullable().catch(null);
const timeSchema = z.iso
  .datetime({ offset: true })
  .transform((text) => Math.max(0, Date.parse(text)));

const MOST_CITATIONS = 200;
const placeSchema = z.object({ id: z.string(), parent_id: z.string().nullable().default(null) });
const saidSchema = z.object({
  role: z.string(),
  parts: z.array(partSchema).max(1000).optional(),
  content: z.string().optional(),
  status: messageSchema.shape.status.catch("completed"),
  created_at: timeSchema.catch(0),
  timestamp: timeSchema.optional().catch(undefined),
  feedback: feedbackSchema
    .extend({ comment: z.string().max(2000).nullable().default(null) })
    .nullable()
    .catch(null),
});
const detailsSchema = z.object({
  model: name,
  provider: name,
  tokens_used: z.object({ prompt: count, completion: count, total: count }).nullable().catch(null),
  finish_reason: messageSchema.shape.finish_reason.catch(null),
  latency_ms: milliseconds,
  ttft_ms: milliseconds,
  citations: z.array(citationSchema).max(MOST_CITATIONS).catch([]),
});
/** Of one message, those and their UTF-16 units as JSON: they share its row with its texts. */
const MOST_NOTICES = 100;
const LONGEST_NOTICES = 100_000;
const smallNoticeSchema = small(noticeSchema);
const besideSchema = z.object({
  notices: z.array(z.unknown()).catch([]),
  metadata: z.unknown().optional(),
});

export function readEdgewiseMessage(value: unknown): ReadMessage {
  const place = placeSchema.safeParse(value);
  if (!place.success) return { node: null, reason: "has no id, or a parent_id that is no text" };
  const { id, parent_id: parent } = place.data;
  const nothing = (reason: string): ReadMessage => ({ node: { id, parent, said: null }, reason });
  const read = saidSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return nothing(`${issue?.path.join(".") ?? "message"}: is not of the right type`);
  }
  const { role, content = "", status, created_at, timestamp, feedback } = read.data;
  if (role !== "user" && role !== "assistant")
    return nothing(`its role is ${sound(role).slice(0, 40)}; only user and assistant are imported`);
  const given: Part[] = read.data.parts ?? [{ type: "text", text: content }];
  const taken = given.map((part) => takenPart(part, role));
  const parts = taken.filter(
    (part): part is Part => part !== null && (!("text" in part) || part.text !== ""),
  );
  const refused = taken.filter((part) => part === null).length;
  // An answer that failed, or a message that was erased, keeps its place with nothing in it.
  const mayBeEmpty = status === "deleted" || (role === "assistant" && status !== "completed");
  if (!mayBeEmpty && parts.every((part) => "text" in part && part.text.trim() === ""))
    return nothing("it is empty");
  const long = lengthReason(parts.reduce((sum, part) => sum + lengthOfPart(part), 0));
  if (long !== null) return nothing(long);
  const { notices, metadata, notes } = besides(value);
  const note = [...(refused === 0 ? [] : [`${refused} of its parts ${UNFIT}`]), ...notes].join(
    "; ",
  );
  return {
    ...(note === "" ? {} : { note }),
    node: {
      id,
      parent,
      said: {
        role,
        parts: status === "deleted" ? [] : parts,
        status: status === "running" ? "partial" : status,
        created_at,
        finished_at: timestamp ?? created_at,
        details: { ...detailsSchema.parse(value), notices, metadata },
        feedback: role === "assistant" && status !== "deleted" ? feedback : null,
      },
    },
    reason: null,
  };
}

const UNFIT =
  "were left out: pictures with an address that is not taken, calls and results of tools that are none, or another's than who says them";

/** As a send may have it, or a model's answer; null for anything else. */
function takenPart(part: Part, role: "user" | "assistant"): Part | null {
  switch (part.type) {
    case "text":
    case "reasoning":
      return { type: part.type, text: sound(part.text) };
    case "image":
      return role === "user" ? (imageSchema.safeParse(part).data ?? null) : null;
    case "tool_result": {
      const result = { ...part, content: sound(part.content) };
      return role === "user" ? (toolResultSchema.safeParse(result).data ?? null) : null;
    }
    case "tool_call":
      return role === "assistant" && isCall(part) ? part : null;
  }
}

/** Whether its arguments are whole: what vendors are sent again has to be JSON of an object. */
function isCall({ id, arguments: json }: ToolCall): boolean {
  if (![id, json].every((text) => text.isWellFormed() && !text.includes("\0"))) return false;
  try {
    const value: unknown = JSON.parse(json === "" ? "{}" : json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** What a message has beside its text. What is not as it should be is left out, and told. */
function besides(value: unknown) {
  const given = besideSchema.parse(value);
  const metadata = metadataSchema.safeParse(given.metadata ?? {});
  const notices: Notice[] = [];
  let units = 0;
  for (const it of given.notices) {
    if (notices.length >= MOST_NOTICES) break;
    const notice = smallNoticeSchema.safeParse(it);
    if (!notice.success) continue;
    units += JSON.stringify(notice.data).length;
    if (units > LONGEST_NOTICES) break;
    notices.push(notice.data);
  }
  const left = given.notices.length - notices.length;
  const notes = [
    ...(left === 0 ? [] : [`${left} of its notices were left out: too long, too deep or unknown`]),
    ...(metadata.success ? [] : ["its metadata was left out: too long, too deep or no object"]),
  ];
  return { notices, metadata: metadata.data ?? {}, notes };
}
