// A message as the router is shown it: by itself, unless a test says otherwise.
import { type Features, featuresOf } from "../../../src/llm/routing/features.ts";

export type Beside = { tools?: number; images?: number; context_tokens?: number };

export const features = (text: string, beside: Beside = {}): Features =>
  featuresOf({ text, tools: 0, images: 0, context_tokens: 0, ...beside });
