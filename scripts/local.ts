// A server for a script that needs one: the one whose address was given, else its own, with nothing in it,
// that goes away with the script.
import { startServer } from "../test/process/server.ts";

export type Local = {
  call: <T>(method: string, path: string, body?: object) => Promise<T>;
  stop: () => Promise<void>;
};

/**
 * @param url null: a server is started, which takes some seconds
 * @param vars of that server
 */
export async function local(url: string | null, vars: Record<string, string> = {}): Promise<Local> {
  const own = url === null ? await startServer({ vars }) : null;
  const base = url ?? own?.url ?? "";
  let token = "";
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        "Content-Type": "application/json",
        ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Error(`Nobody answers at ${base}.`);
    });
    token ||= response.headers.get("X-Visitor-Token") ?? "";
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our own server sends
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  return { call, stop: async () => own?.stop() };
}

/** Does `work` for each, so many at a time. */
export async function each<T>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const left = things.values();
  const worker = async () => {
    for (const thing of left) await work(thing);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

type Page = { pagination: { total: number } };

/** Waits until no document of a collection is on its way. @throws where one failed */
export async function settled(
  { call }: Local,
  collection: string,
  tell: (left: number) => void = () => undefined,
): Promise<void> {
  for (;;) {
    const count = async (status: string) =>
      (await call<Page>("GET", `/documents?collection=${collection}&status=${status}&limit=100`))
        .pagination.total;
    const left = (await count("queued")) + (await count("processing"));
    tell(left);
    if (left === 0) {
      const failed = await count("failed");
      if (failed > 0) throw new Error(`${failed} documents could not be indexed`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
