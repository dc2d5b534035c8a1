// A request as a model further down a chain can take it: it may read less at once than the one that was
// asked for, and see no pictures.
import { promptTokens } from "./complete.ts";
import type { Link } from "./chain.ts";
import type { ModelRequest } from "./provider.ts";

/**
 * Null where the model cannot take it at all; its answer no longer than there is room for.
 * @param wanted it is the one that was asked for: the request was made for it, and it says so itself
 */
export function fitted(
  request: ModelRequest,
  { provider, model }: Link,
  wanted: boolean,
): ModelRequest | null {
  const own = { ...request, model };
  if (wanted) return own;
  const { images } = provider.capabilities(model);
  const hasPictures = request.messages.some((it) => it.role === "user" && it.images !== undefined);
  if (hasPictures && !images) return null;
  const room = provider.contextTokens(model) - promptTokens(request);
  if (room <= 0) return null;
  const { settings, defaults } = request;
  const most = settings.max_tokens ?? defaults.max_tokens;
  return most <= room ? own : { ...own, settings: { ...settings, max_tokens: room } };
}
