// Who was asked when a restart cut an answer off: what its notices tell, which is all that is left of it.
import { z } from "zod";
import type { Notice } from "../protocol/message.ts";

export type Asked = { provider: string; model: string };

const fallbackSchema = z.object({ to: z.string() });
const chosenSchema = z.object({ provider: z.string(), model: z.string() });

/**
 * The model that was asked last in an epoch: who stood in, else who was chosen. Null where no model was
 * asked, or nobody knows whom.
 * @param notices of the whole turn, in their order
 * @param chosen who would be now, where no notice says who was
 */
export function lastAsked(
  notices: readonly { epoch: number; notice: Notice }[],
  epoch: number,
  chosen: Asked | null,
): Asked | null {
  // Each epoch begins with the model that was chosen, whoever had stood in for it before.
  const told = notices.filter((it) => it.notice.code === "model_chosen" || it.epoch === epoch);
  let asked = chosen;
  for (const { notice } of told) {
    if (notice.code === "model_chosen") asked = chosenIn(notice) ?? asked;
    else if (notice.code === "fallback") asked = fallbackIn(notice) ?? asked;
    else if (notice.code === "cached_answer") asked = null;
  }
  return asked;
}

function fallbackIn({ details }: Notice): Asked | null {
  const { success, data } = fallbackSchema.safeParse(details);
  const slash = success ? data.to.indexOf("/") : -1;
  if (!success || slash < 0) return null;
  return { provider: data.to.slice(0, slash), model: data.to.slice(slash + 1) };
}

function chosenIn({ details }: Notice): Asked | null {
  const { success, data } = chosenSchema.safeParse(details);
  return success ? data : null;
}
