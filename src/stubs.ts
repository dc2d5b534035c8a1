// Calls of objects, told from the objects' own failures: a call that did not get through is a 503.
import { AppError } from "./errors.ts";

/** `again`: may be repeated, and is, once and on a fresh stub, where the runtime calls it retryable. */
type Repeats<Calls> = Record<keyof Calls, "once" | "again">;

type Call = (...args: unknown[]) => Promise<unknown>;

/** @param sentence for the caller: that the object could not be reached, and what that means */
export function reaching<Calls extends object>(
  stub: () => object,
  repeats: Repeats<Calls>,
  sentence: string,
): Calls {
  const guarded = Object.entries(repeats).map(([name, repeat]): [string, Call] => {
    const ask = async (args: unknown[]): Promise<unknown> => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the object implements Calls, whose names these are
      const object = stub() as Record<string, Call>;
      return object[name]?.(...args);
    };
    return [
      name,
      async (...args) => {
        try {
          return await ask(args).catch((thrown: unknown) => {
            if (repeat === "again" && isRetryable(thrown)) return ask(args);
            throw thrown;
          });
        } catch (cause) {
          throw new AppError("SERVICE_UNAVAILABLE", sentence, { retryable: true }, { cause });
        }
      },
    ];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one function for each name of Calls
  return Object.fromEntries(guarded) as Calls;
}

function isRetryable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return (
    "retryable" in thrown &&
    thrown.retryable === true &&
    !("overloaded" in thrown && thrown.overloaded === true)
  );
}
