// What a reader is told where a model begins to speak that was not the one asked for, or goes on.
import type { Notice } from "../protocol/message.ts";
import type { Link } from "./chain.ts";
import type { ProviderErrorKind } from "./errors.ts";
import type { ModelRequest } from "./provider.ts";
import type { Told } from "./seam.ts";

/**
 * Null where there is nothing to tell: the model that was asked for begins its answer.
 * @param speaker whose words the reader saw last
 * @param reason why it is not the one before; undefined where nobody was asked before
 */
export function seamNotice(
  wanted: Link,
  speaker: Link | null,
  link: Link,
  reason: ProviderErrorKind | undefined,
  { continues }: ModelRequest,
): Told | null {
  if (link === (speaker ?? wanted))
    return speaker === null && continues === undefined
      ? null
      : ({ offset, afresh }) => recovered(offset, afresh);
  const from = nameOf(speaker ?? wanted);
  const to = nameOf(link);
  return ({ offset, afresh }): Notice => ({
    code: "fallback",
    message: saysWhy(from, to, offset, afresh),
    offset,
    details: { from, to, reason: reason ?? "unavailable", service_level: "degraded" },
  });
}

function saysWhy(from: string, to: string, offset: number, afresh: boolean): string {
  if (offset > 0) return `${from} broke off here, and ${to} went on.`;
  return afresh
    ? `${from} broke off, and ${to} began anew.`
    : `${from} could not answer, so ${to} did.`;
}

function recovered(offset: number, afresh: boolean): Notice {
  return {
    code: "recovered",
    message: afresh
      ? "The answer was interrupted, and begun anew."
      : "The answer was interrupted here and taken up again.",
    offset,
  };
}

const nameOf = ({ provider, model }: Link) => `${provider.id}/${model}`;
