// ChatGPT's conversations.json: what its places, and its fields, say in ours. It is not documented; the shape is
// that of exports as people have them: a list of {title, create_time, mapping: {id: {id, parent, children,
// message: {author: {role}, content: {content_type, parts}, create_time, metadata} | null}}, current_node}.
import { z } from "zod";
import { fenced } from "./export-markdown.ts";
import type { Draft } from "./import-order.ts";
import { lengthReason, type ReadMessage } from "./import-message.ts";
import { sound } from "./shortened.ts";

const nodeSchema = z.object({
  parent: z.string().nullish(),
  message: z
    .object({
      author: z.object({ role: z.string() }),
      content: z.object({
        content_type: z.string(),
        parts: z.array(z.unknown()).optional(),
        text: z.string().optional(),
      }),
      create_time: z.number().nullish().catch(null),
      status: z.string().nullish().catch(null),
      metadata: z
        .object({
          model_slug: z.string().max(100).optional().catch(undefined),
          is_visually_hidden_from_conversation: z.boolean().optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .nullish(),
});

/** A text; or what was spoken, written down. */
const textPartSchema = z
  .string()
  .or(
    z
      .object({ content_type: z.literal("audio_transcription"), text: z.string() })
      .transform(({ text }) => text),
  );

/** @param id the key under which it stands: what others name as their parent */
export function readChatgptNode(id: string, value: unknown): ReadMessage {
  const read = nodeSchema.safeParse(value);
  if (!read.success)
    return { node: placeOnly(id, value), reason: "is not of the shape of a message" };
  const { parent = null, message } = read.data;
  const nothing = (reason: string | null): ReadMessage => ({
    node: { id, parent, said: null },
    reason,
  });
  if (message === null || message === undefined) return nothing(null);
  const { role } = message.author;
  if (role !== "user" && role !== "assistant")
    return nothing(`its role is ${sound(role).slice(0, 40)}; only user and assistant are imported`);
  if (message.metadata?.is_visually_hidden_from_conversation === true)
    return nothing("it is hidden in ChatGPT, too");
  const { text, left } = textOf(message.content);
  if (text.trim() === "")
    return nothing(
      left === 0
        ? "it is empty"
        : `nothing in it is text (${sound(message.content.content_type).slice(0, 40)})`,
    );
  const long = lengthReason(text.length);
  if (long !== null) return nothing(long);
  const at = milliseconds(message.create_time);
  const said: Draft = {
    role,
    parts: [{ type: "text", text }],
    status: message.status === "in_progress" ? "partial" : "completed",
    created_at: at,
    finished_at: at,
    details: {
      model: role === "assistant" ? (message.metadata?.model_slug ?? null) : null,
      provider: null,
      tokens_used: null,
      finish_reason: null,
      latency_ms: null,
      ttft_ms: null,
      notices: [],
      metadata: {},
      citations: [],
    },
    feedback: null,
  };
  return {
    node: { id, parent, said },
    reason: null,
    ...(left === 0 ? {} : { note: `${left} of its parts are no text, and were left out` }),
  };
}

/** Seconds, with fractions; 0 where nobody says. */
export function milliseconds(seconds: number | null | undefined): number {
  return seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0
    ? 0
    : Math.floor(seconds * 1000);
}

function textOf({
  content_type,
  parts = [],
  text,
}: {
  content_type: string;
  parts?: unknown[] | undefined;
  text?: string | undefined;
}): { text: string; left: number } {
  const texts = parts
    .map((part) => textPartSchema.safeParse(part).data)
    .filter((part) => part !== undefined);
  if (content_type === "code" && text !== undefined)
    return { text: text.trim() === "" ? "" : fenced(sound(text)), left: 0 };
  if (texts.length === 0 && content_type === "text" && text !== undefined) texts.push(text);
  const known = content_type === "text" || content_type === "multimodal_text";
  return known
    ? {
        text: sound(texts.filter((part) => part !== "").join("\n\n")),
        left: parts.length - texts.length,
      }
    : { text: "", left: 1 };
}

/** Where it is can be told even of what it is not. */
function placeOnly(id: string, value: unknown): ReadMessage["node"] {
  const place = z.object({ parent: z.string() }).safeParse(value);
  return { id, parent: place.success ? place.data.parent : null, said: null };
}
