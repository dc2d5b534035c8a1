// Which IP addresses are part of the public internet. Whose name leads where is not known here.
import ipaddr from "ipaddr.js";

/** Azure's agent on every virtual machine there: a public address that is answered from within. */
const WIRE_SERVER = "168.63.129.16";

/**
 * Whether `address` is global unicast, by IANA's registries of special-purpose addresses. An IPv6 address that
 * carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is not, whichever it carries: nobody needs to be
 * reached so.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast" || parsed.toString() === WIRE_SERVER) return false;
  // Of IPv6 only 2000::/3 is given out; all else that has no name yet is nobody's.
  return parsed.kind() === "ipv4" || (parsed.toByteArray()[0] ?? 0) >> 5 === 1;
}

/** The address that a URL's host is, if it is one: the parser has brought it into its one form. */
export function addressOf(hostname: string): string | null {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? hostname : null;
}

/** Whether a URL's host is this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    (ipaddr.IPv4.isValidFourPartDecimal(hostname) && hostname.startsWith("127."))
  );
}
