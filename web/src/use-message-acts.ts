// What the reader can do with the messages of a thread, as its parts are given it.
import { type RefObject, useState } from "react";
import type { Feedback, Message } from "../../src/protocol/message.ts";
import type { Session } from "./session.ts";

export type MessageActs = {
  activate: (id: string) => void;
  edit: (message: Message) => void;
  fork: (id: string) => void;
  /** Asks first. */
  askErase: (message: Message) => void;
  rate: (id: string, feedback: Feedback | null) => void;
  regenerate: (id: string) => void;
  /** Whether something can be asked now, and whether ever again. */
  idle: boolean;
  closed: boolean;
};

type Doing = {
  acts: MessageActs;
  /** The message that goes if the reader means it. */
  erasing: Message | null;
  setErasing: (message: Message | null) => void;
};

/**
 * @param edit starts on another version of a message
 * @param now whether something can be asked now, and whether ever again
 * @param hold keeps the reader where they are, whatever comes below
 */
export function useMessageActs(
  session: RefObject<Session | null>,
  now: Pick<MessageActs, "idle" | "closed">,
  hold: () => void,
  edit: (message: Message) => void,
  fork: (id: string) => void,
): Doing {
  const [erasing, setErasing] = useState<Message | null>(null);
  // The session shows its own failures.
  const acts: MessageActs = {
    activate(id) {
      hold();
      void session.current?.activate(id);
    },
    edit(message) {
      hold();
      edit(message);
    },
    fork,
    askErase: setErasing,
    rate: (id, feedback) => void session.current?.rate(id, feedback),
    regenerate: (id) => void session.current?.regenerate(id),
    ...now,
  };
  return { acts, erasing, setErasing };
}
