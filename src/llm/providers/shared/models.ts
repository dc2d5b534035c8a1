// Which models can do what, by their names.
import type { Models, Vendor } from "../../../vendors.ts";
import type { Capabilities } from "../../provider.ts";

export const fits = (models: Models, model: string): boolean =>
  typeof models === "boolean" ? models : models.test(model);

export const among = (can: Vendor["can"], model: string): Capabilities => ({
  tools: fits(can.tools, model),
  images: fits(can.images, model),
  json_schema: fits(can.json_schema, model),
  reasoning: fits(can.reasoning, model),
});
