// What is kept of a request until its turn begins.
import { expect, test } from "vitest";
import { conversationIn, trackIn } from "../../src/conversation/waiting.ts";

test("whom to tell is known though the rest cannot be read", () => {
  const kept = { callback_url: "https://example.com/", conversation_id: "conv_1", body: 5 };
  const row = { track_id: "t", waiting: JSON.stringify(kept) };
  expect(trackIn(row)).toEqual({ track_id: "t", callback_url: "https://example.com/" });
  expect(conversationIn(row)).toBe("conv_1");
  for (const waiting of [null, "{", "[]", JSON.stringify({ callback_url: 5 })])
    expect(trackIn({ track_id: "t", waiting }).callback_url).toBeNull();
});
