// Models as OpenAI lists them. https://platform.openai.com/docs/api-reference/models
import type { Model } from "openai/resources/models";
import { z } from "zod";

export const openaiModelSchema = z
  .object({
    id: z.string(),
    object: z.literal("model"),
    created: z.int().describe("Seconds; 0 where the vendor does not say."),
    owned_by: z.string(),
  })
  .meta({ ref: "OpenaiModel" });

export const openaiModelsSchema = z.object({
  object: z.literal("list"),
  data: z.array(openaiModelSchema),
});

export function openaiModel(id: string, owned_by: string, modified_at?: string): Model {
  const at = Date.parse(modified_at ?? "");
  const created = Number.isNaN(at) ? 0 : Math.floor(at / 1000);
  return { id, object: "model", created, owned_by };
}
