// Starts the stubs before the tests inside workerd, which reach them over loopback.
import type { TestProject } from "vitest/node";
import { type OidcStub, startOidc } from "./oidc.ts";
import { startStub } from "./provider.ts";

declare module "vitest" {
  interface ProvidedContext {
    stubUrl: string;
    oidc: OidcStub;
  }
}

export default async function setup(project: TestProject) {
  const [stub, oidc] = await Promise.all([startStub(), startOidc()]);
  project.provide("stubUrl", stub.url);
  project.provide("oidc", oidc.stub);
  return async () => {
    await Promise.all([stub.close(), oidc.close()]);
  };
}
