// A send, once it has been parsed: the same value from HTTP and from a WebSocket frame.
import { fail, ok, type Result } from "../errors.ts";
import type { Charge } from "../protocol/charge.ts";
import type { Part } from "../protocol/message.ts";
import { contentOf } from "../protocol/message.ts";
import type { SendBody } from "../protocol/send.ts";
import type { AskedInput, Idempotency } from "./turns.ts";

export type SendCommand = {
  parts: Part[];
  metadata: Record<string, unknown>;
  input: AskedInput;
  on_busy: "reject" | "queue" | "interrupt";
  idempotency: Idempotency | null;
  /** Whoever takes the command settles it, or gives it back. */
  charge: Charge | null;
};

/**
 * @param ignored the names of fields that nobody knows
 * @param key the Idempotency-Key, where there is one
 */
export async function sendCommand(
  body: SendBody,
  ignored: string[],
  key: string | undefined,
  charge: Charge | null,
): Promise<Result<SendCommand>> {
  const parts =
    body.parts ??
    (body.message === undefined ? [] : [{ type: "text" as const, text: body.message }]);
  if (parts.length === 0)
    return fail("VALIDATION_ERROR", "message: is required; send the user's text", {
      field: "message",
    });
  if (body.parts !== undefined && body.message !== undefined)
    return fail("VALIDATION_ERROR", "message: send either message or parts, not both", {
      field: "message",
    });
  const text = contentOf(parts);
  if (text.length > 100_000)
    return fail("VALIDATION_ERROR", "parts: should have at most 100,000 characters together", {
      field: "parts",
    });
  const said = {
    parts,
    metadata: body.metadata ?? {},
    input: { text, ...settingsOf(body), ignored },
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
}: Omit<SendCommand, "idempotency" | "charge">): Promise<string> {
  const { ignored: _ignored, ...asked } = input;
  const bytes = new TextEncoder().encode(JSON.stringify([parts, metadata, asked]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** How the model is to be asked, in the form a turn takes. */
export function settingsOf(body: Omit<SendBody, "message" | "parts" | "on_busy" | "metadata">) {
  const { provider, model, system_prompt, ...settings } = body;
  const { temperature, max_tokens, top_p, frequency_penalty, presence_penalty, stop } = settings;
  return {
    provider,
    model,
    system: system_prompt,
    settings: { temperature, max_tokens, top_p, frequency_penalty, presence_penalty, stop },
  };
}
