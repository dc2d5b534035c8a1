// /.well-known/jwks.json: the keys that others verify our access tokens with.
import { Hono } from "hono";
import { z } from "zod";
import type { AppEnv } from "./context.ts";
import { describes } from "./declare.ts";

export const wellKnown = new Hono<AppEnv>().get(
  "/jwks.json",
  describes("auth", "Public keys of access tokens (RFC 7517)", [
    {
      status: 200,
      description: "A JSON Web Key Set",
      schema: z.object({ keys: z.array(z.looseObject({ kid: z.string() })) }),
    },
  ]),
  async (c) => {
    // Shorter than a rotated key takes until it signs: nobody meets a `kid` that they cannot look up.
    c.header("Cache-Control", "public, max-age=300");
    return c.json(await c.var.services.tokens.jwks());
  },
);
