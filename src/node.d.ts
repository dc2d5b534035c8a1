// The little of Node that the Worker uses (workerd has it by its compatibility date). The whole of
// @types/node would declare globals that a Worker does not have.
declare module "node:buffer" {
  export class Buffer extends Uint8Array<ArrayBuffer> {
    static alloc(size: number): Buffer;
    static from(text: string, encoding: "base64"): Buffer;
    override toString(encoding?: "base64"): string;
  }
}

declare module "node:crypto" {
  import type { Buffer } from "node:buffer";
  export function randomBytes(size: number): Buffer;
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
  export function scrypt(
    password: string,
    salt: Uint8Array,
    length: number,
    parameters: { N: number; r: number; p: number },
    done: (error: Error | null, key: Buffer) => void,
  ): void;
}

declare module "node:dns/promises" {
  export function resolve4(name: string): Promise<string[]>;
  export function resolve6(name: string): Promise<string[]>;
}
