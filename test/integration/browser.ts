// A browser as far as signing in needs one: cookies by origin, redirects one at a time, and the
// provider's two forms.
import { env } from "cloudflare:workers";

export const ORIGIN = "http://edgewise.test";

/** What a person at the provider types: `<name>:<email>:<verified>`. */
export type Login = `${string}:${string}:${"yes" | "no"}`;

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** One request, with the cookies of its origin; a redirect is not followed. */
  async ask(
    url: string,
    init: RequestInit = {},
    send: (request: Request) => Promise<Response> = (request) => fetch(request),
  ): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set("Cookie", [...jar].map((pair) => pair.join("=")).join("; "));
    const response = await send(new Request(url, { ...init, headers, redirect: "manual" }));
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  cookies(origin: string): Map<string, string> {
    return this.#jars.get(origin) ?? new Map<string, string>();
  }

  /** Signs in at the provider and agrees to everything; answers where it sends the browser back to. */
  async approve(location: string, login: Login): Promise<string> {
    let url = location;
    for (let step = 0; step < 12; step++) {
      const response = await this.ask(url);
      const next = response.headers.get("Location");
      if (next !== null) {
        await response.body?.cancel();
        url = new URL(next, url).href;
        if (url.startsWith(ORIGIN)) return url;
        continue;
      }
      const form = await response.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(form)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(form)?.[1];
      if (action === undefined || prompt === undefined)
        throw new Error(`no form at ${url}: ${response.status} ${form.slice(0, 500)}`);
      const posted = await this.ask(action, {
        method: "POST",
        body: new URLSearchParams({ prompt, login, password: "anything" }),
      });
      url = new URL(posted.headers.get("Location") ?? "", url).href;
    }
    throw new Error("the provider does not let go");
  }
}

/** Tells the stub how to answer for the keys of an issuer. */
export async function control(
  name: string,
  how: { mode?: "ok" | "hang" | "rubbish"; rotate?: boolean },
): Promise<void> {
  const body = JSON.stringify({ name, ...how });
  const response = await fetch(`${env.OIDC_CONTROL_URL}/control`, { method: "POST", body });
  await response.body?.cancel();
}

/** A token that the issuer `name` of the stub signed. */
export async function signedBy(
  name: string,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const response = await fetch(`${env.OIDC_CONTROL_URL}/sign`, {
    method: "POST",
    body: JSON.stringify({ name, claims: { iat: seconds, exp: seconds + 600, ...claims }, header }),
  });
  return response.json<string>();
}

/** How often the keys of an issuer were asked for. */
export async function asked(name: string): Promise<number> {
  const response = await fetch(`${env.OIDC_CONTROL_URL}/asked/${name}`);
  return response.json<number>();
}
