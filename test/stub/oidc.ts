// Real OpenID providers on loopback (the package oidc-provider, with its own login form), and issuers
// that only publish keys. A control server signs tokens in their names and makes their keys hang,
// turn into rubbish or rotate:
//
//   POST /sign      {name, claims, header?}   a token of the issuer `name`, which is made if it is new
//   POST /control   {name, mode?, rotate?}    how its keys are answered: ok, hang or rubbish
//   GET  /jwks/:name                          those keys
//   GET  /asked/:name                         how often they were asked for
//
// A login is `<name>:<email>:<verified>`, such as `ann:ann@example.org:yes`; the password is anything.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { type ClientMetadata, Provider } from "oidc-provider";

/** Where it is controlled, and what to configure: OIDC_PROVIDERS and TRUSTED_ISSUERS. */
export type OidcStub = {
  control: string;
  providers: {
    id: string;
    name?: string;
    issuer: string;
    client_id: string;
    client_secret?: string;
  }[];
  trusted: { issuer: string; audience: string; jwks_url?: string }[];
};

const CLIENT = { id: "edgewise", secret: "a-client-secret/with+signs" };
const CALLBACK = "http://edgewise.test/api/v1/auth/oidc";

type Mode = "ok" | "hang" | "rubbish";
type Issuer = {
  keys: { kid: string; private: CryptoKey; secret: JWK; jwk: JWK }[];
  mode: Mode;
  asked: number;
};

export async function startOidc(): Promise<{ stub: OidcStub; close: () => Promise<void> }> {
  const issuers = new Map<string, Issuer>();
  const control = await listen((request, response) => {
    answer(request, response, issuers).catch((thrown: unknown) => {
      console.error("oidc stub:", thrown);
      response.destroy();
    });
  });
  // The email only at the userinfo endpoint, as the specification has it; and in the ID token.
  const confidential = await startProvider("confidential", true, issuers, {
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
    token_endpoint_auth_method: "client_secret_basic",
    redirect_uris: [`${CALLBACK}/confidential/callback`],
  });
  const open = await startProvider("open", false, issuers, {
    client_id: CLIENT.id,
    token_endpoint_auth_method: "none",
    redirect_uris: [`${CALLBACK}/open/callback`],
  });
  const servers = [control, confidential, open];
  return {
    stub: {
      control: control.url,
      providers: [
        {
          id: "confidential",
          name: "Confidential Ltd.",
          issuer: confidential.url,
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
        },
        { id: "open", issuer: open.url, client_id: CLIENT.id },
        { id: "away", issuer: "http://127.0.0.1:1", client_id: CLIENT.id },
      ],
      trusted: [
        { issuer: confidential.url, audience: "edgewise-api" },
        {
          issuer: "https://tokens.example",
          audience: "edgewise-api",
          jwks_url: `${control.url}/jwks/tokens`,
        },
      ],
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function startProvider(
  name: string,
  conformIdTokenClaims: boolean,
  issuers: Map<string, Issuer>,
  client: ClientMetadata,
) {
  const issuer = await issuerOf(issuers, name);
  let handle: ReturnType<Provider["callback"]> | undefined;
  const server = await listen((request, response) => {
    if (request.url === "/jwks" && issuer.mode !== "ok") keys(response, issuer);
    else handle?.(request, response).catch(() => response.destroy());
  });
  const provider = new Provider(server.url, {
    clients: [client],
    jwks: {
      keys: issuer.keys.map(({ secret }) => secret),
    },
    conformIdTokenClaims,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    cookies: { keys: ["a key of the stub"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  });
  handle = provider.callback();
  return server;
}

function claimsOf(id: string) {
  const [name = "", email = "", verified] = id.split(":");
  return { sub: id, name, email, email_verified: verified === "yes" };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  issuers: Map<string, Issuer>,
): Promise<void> {
  const [, room, name = ""] = (request.url ?? "").split("/");
  if (room === "jwks") return keys(response, await issuerOf(issuers, name));
  if (room === "asked") return json(response, (await issuerOf(issuers, name)).asked);
  const body = JSON.parse(await read(request)) as {
    name: string;
    claims: Record<string, unknown>;
    header?: Record<string, unknown>;
    mode?: Mode;
    rotate?: boolean;
  };
  const issuer = await issuerOf(issuers, body.name);
  if (room === "control") {
    issuer.mode = body.mode ?? issuer.mode;
    if (body.rotate === true) issuer.keys = [await newKey()];
    return json(response, null);
  }
  const [key] = issuer.keys;
  if (key === undefined) throw new Error("no key");
  const token = await new SignJWT(body.claims)
    .setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT", ...body.header })
    .sign(key.private);
  json(response, token);
}

async function issuerOf(issuers: Map<string, Issuer>, name: string): Promise<Issuer> {
  const issuer = issuers.get(name) ?? { keys: [await newKey()], mode: "ok", asked: 0 };
  issuers.set(name, issuer);
  return issuer;
}

async function newKey() {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const kid = crypto.randomUUID();
  const named = { kid, alg: "RS256", use: "sig" };
  const secret = { ...(await exportJWK(privateKey)), ...named };
  const jwk = { ...(await exportJWK(publicKey)), ...named };
  return { kid, private: privateKey, secret, jwk };
}

function keys(response: ServerResponse, issuer: Issuer): void {
  issuer.asked += 1;
  if (issuer.mode === "ok") json(response, { keys: issuer.keys.map(({ jwk }) => jwk) });
  if (issuer.mode === "rubbish") {
    response.writeHead(200, { "content-type": "application/json" });
    response.end("<html>maintenance</html>");
  }
}

async function listen(
  handle: RequestListener,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
