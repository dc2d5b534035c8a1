// The name of a file that is downloaded, made of what somebody called something.
import { sound } from "./shortened.ts";

/** UTF-8 bytes: with its ending within what file systems take. */
const LONGEST = 150;

/**
 * `Content-Disposition` (RFC 6266). Nothing in `title` can end the header, name a folder, hide an ending by
 * turning the writing round, or be a name that a system keeps for itself.
 */
export function attachment(title: string, ending: string): string {
  const name = `${plain(title) || "conversation"}.${ending}`;
  // encodeURIComponent leaves four that RFC 8187 does not.
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="conversations.${ending}"; filename*=UTF-8''${encoded}`;
}

function plain(title: string): string {
  const text = sound(title.slice(0, 1000))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\uFFFD]/gu, (char) =>
      char === "\u200D" ? char : "",
    )
    .replace(/[/\\:*?"<>|%]/g, "-")
    .replace(/\s+/g, " ")
    .replace(/^[\s.~-]+/, "");
  let name = "";
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    bytes += new TextEncoder().encode(segment).length;
    if (bytes > LONGEST) break;
    name += segment;
  }
  name = name.replace(/[\s.]+$/, "");
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name) ? `_${name}` : name;
}
