// A send, once it has been parsed: the same value from HTTP and from a WebSocket frame.
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { parseOwnedId } from "../ids.ts";
import type { Charge } from "../protocol/charge.ts";
import type { Part } from "../protocol/message.ts";
import { contentOf } from "../protocol/message.ts";
import type { Track } from "../protocol/request.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import { featureOf, type ModelFields, type SendBody } from "../protocol/send.ts";
import { toolConflict } from "../protocol/tool.ts";
import type { AskedInput, Idempotency } from "./turns.ts";

/** Where in the tree a message goes; null: at the end of what is shown. Numbers are messages'. */
export type SendPlace =
  | null
  | { after: number | null }
  /** Another version of a question. */
  | { instead: number }
  /** Another answer to a question, or to the one that this answered. */
  | { again: number }
  /** Another answer to this question where it follows that answer, or begins the conversation; where nobody asked it there, it is asked. */
  | { againAfter: number | null }
  /** The same of what somebody said last. */
  | { againLast: true };

export type SendCommand = {
  parts: Part[];
  metadata: Record<string, unknown>;
  input: AskedInput;
  place: SendPlace;
  /** The end of what was shown (0: nothing was), where its sender says: should it be another one, a notice tells. */
  expects: number | null;
  on_busy: "reject" | "queue" | "interrupt";
  idempotency: Idempotency | null;
  /** Whoever takes the command settles it, or gives it back. */
  charge: Charge | null;
  /** Where its sender asks for the answer later. */
  track?: Track | undefined;
};

/** What a send says beside its body. */
export type Sending = {
  conversation: string;
  /** The names of fields that nobody knows. */
  ignored: string[];
  /** The Idempotency-Key, where there is one. */
  key: string | undefined;
  charge: Charge | null;
  prompt: ResolvedPrompt | undefined;
  facts: AskedInput["facts"];
  /** Which message it edits, or answers again. */
  place?: SendPlace | undefined;
};

export async function sendCommand(
  body: SendBody,
  { conversation, ignored, key, charge, prompt, facts, place }: Sending,
): Promise<Result<SendCommand>> {
  const parts =
    body.parts ??
    (body.message === undefined ? [] : [{ type: "text" as const, text: body.message }]);
  const again = place !== undefined && place !== null && "again" in place;
  const where = place ?? placeIn(conversation, body.parent_id);
  const expects = messageIn(conversation, body.expected_leaf_id ?? null, "expected_leaf_id");
  if (!isPlace(where)) return where;
  if (!expects.ok) return expects;
  if (parts.length === 0 && !again)
    return fail("VALIDATION_ERROR", "message: is required; send the user's text", {
      field: "message",
    });
  if (body.parts !== undefined && body.message !== undefined)
    return fail("VALIDATION_ERROR", "message: send either message or parts, not both", {
      field: "message",
    });
  const conflict = toolConflict(body);
  if (conflict !== null) return { ok: false, failure: conflict };
  const text = contentOf(parts);
  if (text.length > 100_000)
    return fail("VALIDATION_ERROR", "parts: should have at most 100,000 characters together", {
      field: "parts",
    });
  const said = {
    parts,
    metadata: body.metadata ?? {},
    input: {
      text,
      ...settingsOf(body),
      prompt,
      tone: body.tone,
      context: body.context,
      use_rag: body.use_rag,
      collections: body.collections,
      ignored,
      facts,
      feature: featureOf(body.metadata),
    },
    place: where,
    expects: expects.value,
    on_busy: body.on_busy ?? ("reject" as const),
  };
  const idempotency = key === undefined ? null : { key, hash: await hashOf(said) };
  return ok({ ...said, idempotency, charge });
}

/** Of what is said, however it came: the same message over another door is the same. */
async function hashOf({
  parts,
  metadata,
  input,
  place,
}: Omit<SendCommand, "idempotency" | "charge" | "track">): Promise<string> {
  const { ignored: _ignored, facts: _facts, feature: _feature, ...asked } = input;
  const said = [parts, metadata, asked, ...(place === null ? [] : [place])];
  const bytes = new TextEncoder().encode(JSON.stringify(said));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function placeIn(
  conversation: string,
  parent_id: string | null | undefined,
): SendPlace | { ok: false; failure: Failure } {
  if (parent_id === undefined) return null;
  const parent = messageIn(conversation, parent_id, "parent_id");
  return parent.ok ? { after: parent.value } : parent;
}

function isPlace(where: SendPlace | { ok: false }): where is SendPlace {
  return where === null || !("ok" in where);
}

/** The number of a message of this conversation. */
function messageIn(conversation: string, id: string | null, field: string): Result<number | null> {
  if (id === null) return ok(null);
  const parsed = parseOwnedId("msg", id);
  if (parsed?.conversation === conversation) return ok(parsed.n);
  return fail("NOT_FOUND", "No such message in this conversation.", { field, message_id: id });
}

/** How the model is to be asked, in the form a turn takes. */
export function settingsOf(body: ModelFields) {
  const { provider, model, system_prompt } = body;
  const { temperature, max_tokens, top_p, frequency_penalty, presence_penalty, stop, seed } = body;
  return {
    provider,
    model,
    system: system_prompt,
    settings: { temperature, max_tokens, top_p, frequency_penalty, presence_penalty, stop, seed },
    tools: body.tools,
    tool_choice: body.tool_choice,
    parallel_tool_calls: body.parallel_tool_calls,
    response_format: body.response_format,
    cache: body.cache,
  };
}
