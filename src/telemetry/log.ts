// One JSON object a line. Never a body, a token or a key; a path, never its query.

export type Level = "debug" | "info" | "warning" | "error";
type Fields = Record<string, unknown>;

export type Log = { [L in Level]: (event: string, fields?: Fields) => void };

const ORDER: readonly Level[] = ["debug", "info", "warning", "error"];

/** @param fields said on every line */
export function makeLog(least: Level, now: () => number, fields: Fields = {}): Log {
  const write =
    (level: Level) =>
    (event: string, more: Fields = {}) => {
      if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
      const line = JSON.stringify({
        time: new Date(now()).toISOString(),
        level,
        event,
        ...fields,
        ...more,
      });
      if (level === "error") console.error(line);
      else console.log(line);
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warning: write("warning"),
    error: write("error"),
  };
}

/** A thrown thing as fields for a line: the causes too, since they are where the vendor speaks. */
export function thrownFields(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { thrown: String(thrown) };
  return {
    error: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    ...(thrown.cause === undefined ? {} : { cause: thrownFields(thrown.cause) }),
  };
}
