// What the module "edgewise" is to bench/auth/worker.ts: the bundle of src/index.ts.
declare module "edgewise" {
  const worker: {
    fetch(request: Request, env: unknown, context: unknown): Response | Promise<Response>;
  };
  export default worker;
  export const Account: unknown;
  export const Conversation: unknown;
  export const Throttle: unknown;
}
