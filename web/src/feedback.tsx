// What the reader thinks of an answer: up or down, and if they like, why.
import { type FormEvent, useId, useState } from "react";
import type { Feedback as Given } from "../../src/protocol/message.ts";
import { ThumbDownIcon, ThumbUpIcon } from "./icons.tsx";
import { Tool } from "./message-tools.tsx";
import { t } from "./strings/translate.ts";

type RateProps = { given: Given | null; onRate: (feedback: Given | null) => void };

/** Pressing what is pressed takes it back. */
export function Rate({ given, onRate }: RateProps) {
  const rate = (rating: Given["rating"]) =>
    onRate(given?.rating === rating ? null : { rating, comment: null });
  return (
    <>
      <Tool label={t("feedback.up")} pressed={given?.rating === "up"} onClick={() => rate("up")}>
        <ThumbUpIcon />
      </Tool>
      <Tool
        label={t("feedback.down")}
        pressed={given?.rating === "down"}
        onClick={() => rate("down")}
      >
        <ThumbDownIcon />
      </Tool>
    </>
  );
}

/** The comment on a rating that was just given, or given before. */
export function Comment({ given, onRate }: { given: Given; onRate: (feedback: Given) => void }) {
  const [text, setText] = useState(given.comment ?? "");
  const [open, setOpen] = useState(given.comment === null);
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRate({ rating: given.rating, comment: text.trim() === "" ? null : text });
    setOpen(false);
  };
  if (!open)
    return (
      <p className="meta">
        {given.comment !== null && <span dir="auto">{given.comment}</span>}
        <button onClick={() => setOpen(true)}>{t("feedback.change")}</button>
      </p>
    );
  return (
    <form className="comment" onSubmit={submit}>
      <label htmlFor={id}>{t("feedback.why")}</label>
      <input
        id={id}
        value={text}
        maxLength={2000}
        dir="auto"
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">{t("feedback.save")}</button>
      <button type="button" onClick={() => setOpen(false)}>
        {t("feedback.skip")}
      </button>
    </form>
  );
}
