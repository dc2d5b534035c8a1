// Which pictures a model takes: any, those that come as data, or none. What a vendor's models can see is
// theirs to say; whether the vendor fetches addresses stands in the table of vendors.
import { VENDORS } from "../vendors.ts";
import type { Choice } from "./models.ts";
import type { Picture } from "./provider.ts";

export type Takes = "any" | "data" | "none";

export function takesPictures({ provider, model }: Choice): Takes {
  if (!provider.capabilities(model).images) return "none";
  if (provider.id === "workers-ai") return "data"; // a binding, which no table has
  const vendor = VENDORS.find(({ id }) => id === provider.id);
  return vendor !== undefined && "images" in vendor ? vendor.images : "any";
}

export function isTaken({ url }: Picture, takes: Takes): boolean {
  return takes === "any" || (takes === "data" && url.startsWith("data:"));
}
