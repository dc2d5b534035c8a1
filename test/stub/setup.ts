// Starts the stubs before the tests inside workerd, which reach them over loopback.
import type { TestProject } from "vitest/node";
import { type OidcStub, startOidc } from "./oidc.ts";
import { startOutside } from "./outside.ts";
import { startReceiver } from "./receiver.ts";
import { startStub } from "./provider.ts";

declare module "vitest" {
  interface ProvidedContext {
    stubUrl: string;
    oidc: OidcStub;
    outsideUrl: string;
    receiverUrl: string;
  }
}

export default async function setup(project: TestProject) {
  const [stub, oidc, outside, receiver] = await Promise.all([
    startStub(),
    startOidc(),
    startOutside(),
    startReceiver(),
  ]);
  project.provide("stubUrl", stub.url);
  project.provide("oidc", oidc.stub);
  project.provide("outsideUrl", outside.url);
  project.provide("receiverUrl", receiver.url);
  return async () => {
    await Promise.all([stub.close(), oidc.close(), outside.close(), receiver.close()]);
  };
}
