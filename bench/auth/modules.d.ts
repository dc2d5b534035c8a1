// What the module "edgewise" is to the benchmarks' workers: the bundle of src/index.ts.
declare module "edgewise" {
  const worker: {
    fetch(request: Request, env: unknown, context: unknown): Response | Promise<Response>;
    queue(batch: unknown): Promise<void>;
  };
  export default worker;
  export const Account: unknown;
  export const AnswerCache: unknown;
  export const Breaker: unknown;
  export const Conversation: new (context: unknown, env: unknown) => object;
  export const KnowledgeIndex: new (context: unknown, env: unknown) => object;
  export const Throttle: unknown;
}
