// Which addresses a name has, as public DNS knows it. In a Worker `node:dns` asks Cloudflare's resolver over
// HTTPS, whatever the network here would say; fetch itself asks the network's own.
import { resolve4, resolve6 } from "node:dns/promises";

/**
 * The addresses of a name; none where there is no such name; null where nobody can be asked.
 * @throws where the answer does not come in time, or is none: whoever owns a name decides how long its
 * servers take, so that must not count as nobody to ask
 */
export type Resolve = (name: string) => Promise<readonly string[] | null>;

type Lookup = (name: string) => Promise<string[]>;

/** Milliseconds. */
const TIME_LIMIT = 3000;

export function makeResolve(
  lookups: readonly Lookup[] = [resolve4, resolve6],
  limit = TIME_LIMIT,
): Resolve {
  return async (name) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("a name was not looked up in time")), limit);
    });
    try {
      const found = await Promise.race([Promise.all(lookups.map((ask) => asked(ask, name))), late]);
      const known = found.flatMap((addresses) => addresses ?? []);
      return known.length === 0 && found.includes(null) ? null : known;
    } finally {
      clearTimeout(timer);
    }
  };
}

async function asked(ask: Lookup, name: string): Promise<string[] | null> {
  try {
    return await ask(name);
  } catch (thrown) {
    switch (codeOf(thrown)) {
      case "ENOTFOUND": // workerd says so, too, where a name has addresses of the other family alone
      case "ENODATA":
        return [];
      case "EBADQUERY": // the resolver was not reached
        return null;
      default:
        throw thrown;
    }
  }
}

const codeOf = (thrown: unknown): unknown =>
  typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
