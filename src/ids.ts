// Prefixed, time-sortable ids. The id of a turn or message carries the conversation that owns
// it, so that a request is routed without a lookup. Nothing here touches storage.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford base 32: sorts as it counts
const TIME_CHARS = 10;
const RANDOM_CHARS = 12;
const CHECK_CHARS = 4;
const ORDINAL_CHARS = 6;
const BODY_CHARS = TIME_CHARS + RANDOM_CHARS + CHECK_CHARS;

type Prefix =
  | "conv"
  | "user"
  | "org"
  | "key"
  | "ses"
  | "res"
  | "aud"
  | "mem"
  | "req"
  | "msg"
  | "turn"
  | "prm"
  | "col"
  | "doc"
  | "eval"
  | "wh"
  | "wha"
  | "evt";

/** `conv_` and 26 characters: 48 bits of milliseconds, 60 random bits, 20 bits of checksum. */
export function newConversationId(now: number): string {
  return conversationId(encode(now, TIME_CHARS) + randomChars(RANDOM_CHARS));
}

/** The one conversation id that belongs to `digest` (≥ 14 bytes): used to make two first sends meet. */
export function derivedConversationId(digest: Uint8Array): string {
  let chars = "";
  for (let i = 0; i < TIME_CHARS + RANDOM_CHARS; i++) chars += ALPHABET[(digest[i] ?? 0) & 31];
  return conversationId(chars);
}

/**
 * Whether Edgewise could have minted this id. The checksum is no secret: it keeps typing errors and
 * guesses from waking an object that never existed, it does not authorise anything.
 */
export function isConversationId(id: string): boolean {
  if (!id.startsWith("conv_") || id.length !== 5 + BODY_CHARS) return false;
  const chars = id.slice(5, -CHECK_CHARS);
  return /^[0-9a-hjkmnp-tv-z]+$/.test(chars) && id === conversationId(chars);
}

/** The `n`th turn (or message) of a conversation. `n` counts from 1 and stays below 2^30. */
export function ownedId(prefix: "turn" | "msg", conversation: string, n: number): string {
  return `${prefix}_${conversation.slice(5)}${encode(n, ORDINAL_CHARS)}`;
}

/** The reverse of {@link ownedId}; null for anything it could not have made. */
export function parseOwnedId(
  prefix: "turn" | "msg",
  id: string,
): { conversation: string; n: number } | null {
  if (!id.startsWith(`${prefix}_`)) return null;
  const body = id.slice(prefix.length + 1);
  const conversation = `conv_${body.slice(0, BODY_CHARS)}`;
  const ordinal = body.slice(BODY_CHARS);
  if (ordinal.length !== ORDINAL_CHARS || !isConversationId(conversation)) return null;
  const n = decode(ordinal);
  return n === null ? null : { conversation, n };
}

/** An id that nobody owns: users, organisations, requests, and the turns of calls without a conversation. */
export function newId(prefix: Exclude<Prefix, "conv">, now: number): string {
  return `${prefix}_${encode(now, TIME_CHARS)}${randomChars(16)}`;
}

/** A request's, as seed 000 has it: a bare UUID. */
export function newTrackId(): string {
  return crypto.randomUUID();
}

/** The one track id that belongs to `digest` (≥ 16 bytes): of the same kind. */
export function derivedTrackId(digest: Uint8Array): string {
  const bytes = digest.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40; // version 4
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80; // variant of RFC 9562
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function conversationId(chars: string): string {
  return `conv_${chars}${encode(checksum(chars), CHECK_CHARS)}`;
}

/** FNV-1a, folded to 20 bits. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 20)) & 0xfffff;
}

function encode(value: number, length: number): string {
  let chars = "";
  for (let rest = value; chars.length < length; rest = Math.floor(rest / 32))
    chars = ALPHABET.charAt(rest % 32) + chars;
  return chars;
}

function decode(chars: string): number | null {
  let value = 0;
  for (const char of chars) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return null;
    value = value * 32 + digit;
  }
  return value;
}

function randomChars(length: number): string {
  let chars = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) chars += ALPHABET[byte & 31];
  return chars;
}

/** The one id of this kind that belongs to `digest` (≥ 26 bytes): somebody known by another system's id. */
export function derivedId(prefix: "user" | "org" | "col" | "req", digest: Uint8Array): string {
  let chars = "";
  for (let i = 0; i < TIME_CHARS + 16; i++) chars += ALPHABET[(digest[i] ?? 0) & 31];
  return `${prefix}_${chars}`;
}

/** Whether {@link newId} could have made this user's id. */
export function isUserId(id: string): boolean {
  return /^user_[0-9a-hjkmnp-tv-z]{26}$/.test(id);
}
