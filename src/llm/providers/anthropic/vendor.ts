// Anthropic's entry in the table of vendors.
import { type AnthropicVendor, VENDORS } from "../../../vendors.ts";

const found = VENDORS.find(({ id }) => id === "anthropic");
if (found?.id !== "anthropic") throw new Error("the table has no anthropic");

export const ENTRY = found;
export const ANTHROPIC: AnthropicVendor = found;
