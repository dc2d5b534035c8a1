// Whether a URL may be asked: by its scheme, host and port, and by the addresses behind its name. Every
// hop of a redirect is judged here anew; nothing is fetched here.
import { addressOf, isLoopback, isPublicAddress } from "./addresses.ts";
import { failed, type Refusal, refused } from "./refusal.ts";
import type { Resolve } from "./resolve.ts";

export type Policy = {
  /** `host` (on the ports of http and https) or `host:port`: may be private, and asked over http. */
  allow: readonly string[];
  /** In development: this machine may be asked, on any port, and over http. */
  allowLoopback: boolean;
  resolve: Resolve;
};

/** What stands against asking `url`; null is nothing. */
type Judge = (url: URL) => Promise<Refusal | null>;

/** Ends of names that lead to the network one is in, or nowhere (RFC 2606, 6761, 6762, 7686, 8375, 9476). */
const PRIVATE_ENDS = [
  "localhost",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "test",
  "invalid",
  "onion",
  "alt",
];

/** Where clouds tell a machine its own credentials, under names that do not end in one of those. */
const METADATA_NAMES = new Set([
  "metadata.goog",
  "metadata.tencentyun.com",
  "metadata.platformequinix.com",
]);

/** @throws {TypeError} if `policy.allow` has what is no `host[:port]` */
export function makeJudge(policy: Policy): Judge {
  const allowed = new Set(policy.allow.flatMap(placesOf));
  return async (url) => {
    const { protocol, hostname } = url;
    if (protocol !== "https:" && protocol !== "http:") return SCHEME;
    if (url.username !== "" || url.password !== "")
      return refused("credentials", "An address with a name or a password in it is not asked.");
    if (allowed.has(`${hostname}:${portOf(url)}`)) return null;
    if (policy.allowLoopback && isLoopback(hostname)) return null;
    const address = addressOf(hostname);
    if (address === null && isPrivateName(hostname))
      return refused("host", "A name that is not one of the public internet is not asked.");
    if (address !== null && !isPublicAddress(address)) return ADDRESS;
    if (protocol === "http:") return SCHEME;
    if (url.port !== "") return refused("port", "Only the port of https, 443, is asked.");
    return address === null ? judgeName(hostname, policy.resolve) : null;
  };
}

const SCHEME = refused("scheme", "Only https addresses are asked.");
const ADDRESS = refused("address", "An address that is not of the public internet is not asked.");

async function judgeName(name: string, resolve: Resolve): Promise<Refusal | null> {
  let addresses;
  try {
    addresses = await resolve(name);
  } catch {
    return failed("unreachable", "The name could not be looked up just now.");
  }
  if (addresses === null) return null;
  // A name that only the network here knows is one of that network.
  if (addresses.length === 0)
    return failed("unreachable", "There is no such name on the public internet.");
  return addresses.every(isPublicAddress) ? null : ADDRESS;
}

function isPrivateName(hostname: string): boolean {
  return (
    !hostname.includes(".") ||
    hostname.endsWith(".") ||
    METADATA_NAMES.has(hostname) ||
    PRIVATE_ENDS.some((end) => hostname === end || hostname.endsWith(`.${end}`))
  );
}

const portOf = ({ port, protocol }: URL) => port || (protocol === "https:" ? "443" : "80");

/** An entry of the allow list, as `hostname:port` with the hostname as a URL has it. */
function placesOf(entry: string): string[] {
  const url = URL.parse(`https://${entry}`);
  if (url === null || url.href !== `https://${url.host}/`)
    throw new TypeError("the allow list is of host or host:port");
  const port = /:(\d+)$/.exec(entry)?.[1];
  const ports = port === undefined ? ["443", "80"] : [String(Number(port))];
  return ports.map((each) => `${url.hostname}:${each}`);
}
