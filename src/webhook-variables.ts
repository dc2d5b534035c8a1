// The variables of webhooks and of requests that are answered later (seed 000, "Configuration").
import type { z } from "zod";
import { text, wholeNumber } from "./variable-types.ts";

const GROUP = "Webhooks";

export function webhookVariables() {
  const describe = <S extends z.ZodType>(schema: S, about: string, secret = false): S =>
    schema.meta({ variable: { group: GROUP, about, secret } });
  return {
    WEBHOOK_SECRET: describe(
      text(200).optional(),
      "Signs what is sent to the `callback_url` of a request. Without it that is unsigned in development, and refused elsewhere. Webhooks have secrets of their own.",
      true,
    ),
    WEBHOOK_TIMEOUT: describe(
      wholeNumber("seconds", 1, 60).default(30),
      "Seconds that a receiver may take to answer.",
    ),
    WEBHOOK_RETRY_ATTEMPTS: describe(
      wholeNumber("attempts", 1, 20).default(3),
      "How often something is sent that nobody takes.",
    ),
    WEBHOOK_RETRY_DELAY: describe(
      wholeNumber("seconds", 1, 3600).default(2),
      "Seconds between the first attempts; doubles with each failure of the receiver, up to an hour.",
    ),
    WEBHOOK_DISABLE_DAYS: describe(
      wholeNumber("days", 1, 90).default(5),
      "A webhook that failed for so many days, and never did not, is switched off.",
    ),
    WEBHOOK_LOG_DAYS: describe(
      wholeNumber("days", 1, 90).default(30),
      "Days for which events and what became of them are kept, to be looked at and sent again.",
    ),
    TRACKING_TTL: describe(
      wholeNumber("seconds", 60, 30 * 86_400).default(3600),
      "Seconds for which a request that was answered later can be asked for, from its end on.",
    ),
  };
}
