// What an adapter says of a setting that did not reach the model as it was asked for.
import type { Notice } from "../../../protocol/message.ts";

export const ignored = (parameter: string, message: string): Notice => ({
  code: "ignored_parameter",
  message,
  details: { parameter },
});

export const adjusted = (
  parameter: string,
  message: string,
  values: { asked?: unknown; used?: unknown } = {},
): Notice => ({
  code: "adjusted_parameter",
  message,
  details: { parameter, ...values },
});

export const severalCalls = (who: string): Notice =>
  ignored(
    "parallel_tool_calls",
    `${who} cannot be told to call one tool at a time; parallel_tool_calls was ignored.`,
  );
