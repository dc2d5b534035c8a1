// `node test/stub/main.ts [port]`: the stub as a process of its own, for benchmarks and by hand.
import { startStub } from "./provider.ts";

const stub = await startStub(Number(process.argv[2] ?? 9100));
console.log(stub.url);
