// Chat completion chunks → ModelEvents.
import type { OpenaiVendor } from "../../../vendors.ts";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent, Progress } from "../../provider.ts";
import { Said } from "../../said.ts";
import { readBatches } from "../shared/read-batches.ts";
import { ToolCalls } from "../shared/tool-calls.ts";
import { type Chunk, chunkSchema, piecesOf, usageOf } from "./chunk.ts";
import { errorIn } from "./errors.ts";
import { InlineThinking } from "./inline-thinking.ts";
import { mapFinishReason } from "./map-finish-reason.ts";

/**
 * @param mark begins the ids of tool calls to which the vendor gave none
 * @throws {ProviderError} also `interrupted`, where the stream ends without a finish reason
 */
export async function* parseStream(
  vendor: OpenaiVendor,
  batches: AsyncIterable<string[]>,
  mark: string,
): AsyncGenerator<ModelEvent | Progress> {
  let finish: string | undefined;
  let usage: NonNullable<Chunk["usage"]> | undefined;
  let refused = false;
  const said = new Said();
  const thinking = new InlineThinking(vendor.inlineThinking);
  const calls = new ToolCalls(vendor.id, mark);
  yield* readBatches(batches, said, calls, (data) => {
    const chunk = parse(vendor, data);
    usage = chunk.usage ?? chunk.x_groq?.usage ?? usage;
    const choice = chunk.choices?.[0];
    say(said, thinking, choice?.delta, vendor);
    finish = choice?.finish_reason ?? finish;
    const told = (choice?.delta?.tool_calls ?? []).flatMap((piece) =>
      calls.add({
        index: piece.index ?? undefined,
        id: piece.id,
        name: piece.function?.name,
        arguments: piece.function?.arguments,
      }),
    );
    const refusal = choice?.delta?.refusal ?? "";
    if (refusal === "") return told;
    const first = refused ? [] : [REFUSED];
    refused = true;
    return [...first, { type: "text", text: refusal }, ...told];
  });
  const held = thinking.end();
  said.add("reasoning", held.reasoning);
  said.add("text", held.text);
  yield* said.take();
  if (finish === undefined || (vendor.gaveUp ?? []).includes(finish))
    throw new ProviderError("interrupted", vendor.id, { cause: finish });
  const reason = mapFinishReason(finish, calls.some);
  for (const call of calls.whole(reason.unified === "length")) yield { type: "tool_call", call };
  yield { type: "finish", reason, usage: usageOf(usage, vendor) };
}

const REFUSED: ModelEvent = {
  type: "notice",
  notice: { code: "refused", message: "The model refused to answer; what it says is why." },
};

type Delta = NonNullable<Chunk["choices"]>[number]["delta"];

function say(said: Said, thinking: InlineThinking, delta: Delta, vendor: OpenaiVendor): void {
  const field = vendor.reasoningFields.find((name) => (delta?.[name] ?? "") !== "");
  if (field !== undefined) said.add("reasoning", delta?.[field]);
  const { text, reasoning } = piecesOf(delta?.content ?? "");
  said.add("reasoning", reasoning);
  if (text !== "") {
    const parts = thinking.add(text);
    said.add("reasoning", parts.reasoning);
    said.add("text", parts.text);
  }
}

function parse(vendor: OpenaiVendor, data: string): Chunk {
  const raw: unknown = JSON.parse(data);
  const failed = errorIn(vendor, raw);
  if (failed !== null) throw failed;
  const parsed = chunkSchema.safeParse(raw);
  if (!parsed.success) throw new ProviderError("malformed", vendor.id, { cause: parsed.error });
  return parsed.data;
}
