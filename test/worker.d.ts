/// <reference types="vite/types/importMeta.d.ts" />
// What tests find bound, beside what wrangler.toml binds.
import type { D1Migration } from "cloudflare:test";
import type { Bindings } from "../src/compose.ts";
import type * as main from "../src/index.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {
      MIGRATIONS: D1Migration[];
      APP_SECRET_KEY: string;
      STUB_URL: string;
      OUTSIDE_URL: string;
      RECEIVER_URL: string;
      OIDC_CONTROL_URL: string;
      OIDC_PROVIDERS: string;
    }
    interface GlobalProps {
      mainModule: typeof main;
    }
  }
}
