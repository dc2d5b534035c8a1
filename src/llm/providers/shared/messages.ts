// Messages as vendors take them that know less than OpenAI does.
import { normalise, placed } from "../../normalise.ts";
import type { ModelMessage, Picture } from "../../provider.ts";

type UserMessage = Extract<ModelMessage, { role: "user" }>;

/** Of a message, what it says and shows, in its order; nothing that is blank. */
export function inOrder({ content, images = [] }: Pick<UserMessage, "content" | "images">) {
  const pieces: ({ type: "text"; text: string } | { type: "picture"; picture: Picture })[] = [];
  let from = 0;
  const say = (to: number) => {
    const text = content.slice(from, to);
    from = Math.max(from, to);
    if (text.trim() !== "") pieces.push({ type: "text", text });
  };
  for (const picture of images) {
    say(picture.at ?? content.length);
    pieces.push({ type: "picture", picture });
  }
  say(content.length);
  return pieces;
}

/** For a vendor whose messages have no names: who says it stands before what they say. */
export function nameless(messages: ModelMessage[]): ModelMessage[] {
  if (messages.every((message) => message.role !== "user" || message.name === undefined))
    return messages;
  const told = messages.map((message): ModelMessage => {
    if (message.role !== "user" || message.name === undefined) return message;
    const { name, content, images = [] } = message;
    const before = `${name}: `;
    const moved = images.map((one) => placed(one, (one.at ?? content.length) + before.length));
    return { role: "user", content: before + content, images: moved };
  });
  return normalise(told, "kept");
}

/** For a vendor that wants somebody to have asked before anything is answered. */
export function userFirst(messages: ModelMessage[]): ModelMessage[] {
  return messages[0]?.role === "assistant"
    ? [{ role: "user", content: "(The assistant speaks first.)" }, ...messages]
    : messages;
}
