// Starts the stub before the tests inside workerd, which reach it over loopback.
import type { TestProject } from "vitest/node";
import { startStub } from "./provider.ts";

declare module "vitest" {
  interface ProvidedContext {
    stubUrl: string;
  }
}

export default async function setup(project: TestProject) {
  const stub = await startStub();
  project.provide("stubUrl", stub.url);
  return stub.close;
}
