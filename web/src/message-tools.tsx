// What can be done with a message: a row of buttons below it, quiet until one is near.
import { type ReactNode, useEffect, useState } from "react";
import type { Message } from "../../src/protocol/message.ts";
import { BinIcon, CheckIcon, CopyIcon, ForkIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";
import type { MessageActs } from "./use-message-acts.ts";
import { Versions } from "./versions.tsx";

type Props = {
  message: Message;
  acts: MessageActs;
  /** What can be done with messages of this kind alone. */
  children?: ReactNode;
};

export function MessageTools({ message, acts, children }: Props) {
  return (
    <div className="tools">
      <Versions message={message} onChoose={acts.activate} />
      <span className="toolbar">
        <Copy text={message.content} />
        {children}
        <Tool label={t("message.fork")} onClick={() => acts.fork(message.id)}>
          <ForkIcon />
        </Tool>
        <Tool label={t("message.delete")} onClick={() => acts.askErase(message)}>
          <BinIcon />
        </Tool>
      </span>
    </div>
  );
}

type ToolProps = {
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
};

export function Tool({ label, pressed, disabled, onClick, children }: ToolProps) {
  return (
    <button
      className="icon"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  // There is no clipboard where the page is served over plain http to another machine.
  if (!("clipboard" in navigator) || text === "") return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // The browser forbids it, and has said so to its user.
    }
  };
  return (
    <Tool label={t(copied ? "keys.copied" : "keys.copy")} onClick={() => void copy() /* catches */}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </Tool>
  );
}
