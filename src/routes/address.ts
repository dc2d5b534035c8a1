// Where a request comes from, as far as Cloudflare says: the one header that a client cannot set.
import type { AppContext } from "./context.ts";

/** Null where nobody says, as locally. An IPv6 network counts as one: a caller has all of its addresses. */
export function addressOf(c: AppContext): string | null {
  const address = c.req.header("CF-Connecting-IP");
  if (address === undefined) return null;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const front = head.split(":").filter(Boolean);
  const missing =
    tail === undefined ? 0 : 8 - front.length - tail.split(":").filter(Boolean).length;
  const groups = [...front, ...Array<string>(Math.max(0, missing)).fill("0")];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
