// Pictures as vendors take them: by address, or as data in the request.
import { ProviderError } from "../../errors.ts";
import type { ModelMessage, Picture } from "../../provider.ts";

const MEDIA_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

export type ImageData = { media_type: (typeof MEDIA_TYPES)[number]; data: string };

/** Null for an address. @throws {ProviderError} `invalid_request` for data that is no picture */
export function dataOf(picture: Picture, provider: string, model: string): ImageData | null {
  if (!picture.url.startsWith("data:")) return null;
  const comma = picture.url.indexOf(",");
  const [type, ...rest] = picture.url.slice("data:".length, comma).split(";");
  const media_type = MEDIA_TYPES.find((it) => it === type?.toLowerCase());
  if (comma < 0 || media_type === undefined || rest.at(-1) !== "base64")
    throw new ProviderError("invalid_request", provider, {
      model,
      says: "takes pictures as base64 data of type JPEG, PNG, GIF or WebP. Send the picture in one of these.",
    });
  return { media_type, data: picture.url.slice(comma + 1) };
}

/**
 * A picture that cannot be sent is no detail to leave out: the answer would be about something else.
 * @throws {ProviderError} `invalid_request`
 */
export function refuseImages(
  messages: readonly ModelMessage[],
  takes: "any" | "data" | "none",
  provider: string,
  model: string,
): void {
  if (takes === "any") return;
  const pictures = messages.flatMap((it) => (it.role === "user" ? (it.images ?? []) : []));
  if (takes === "none" && pictures.length > 0)
    throw new ProviderError("invalid_request", provider, {
      model,
      says: `cannot see pictures with ${model}. Choose a model that can, or ask without the picture.`,
    });
  if (takes === "data" && pictures.some(({ url }) => !url.startsWith("data:")))
    throw new ProviderError("invalid_request", provider, {
      model,
      says: "does not fetch pictures from addresses. Send the picture itself, as a data: URL.",
    });
}
