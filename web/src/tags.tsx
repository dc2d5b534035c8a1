// The tags of a conversation: take one away, add one.
import { type FormEvent, useState } from "react";
import { CloseIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";

type Props = { tags: readonly string[]; onChange: (tags: readonly string[]) => void };

export function Tags({ tags, onChange }: Props) {
  const [text, setText] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    const tag = text.trim();
    if (tag === "") return;
    setText("");
    if (!tags.includes(tag)) onChange([...tags, tag]);
  };
  return (
    <div className="tags">
      {tags.length > 0 && (
        <ul className="chips" aria-label={t("tags.label")}>
          {tags.map((tag) => (
            <li key={tag}>
              <span dir="auto">{tag}</span>
              <button
                className="icon"
                aria-label={t("tags.remove", { tag })}
                onClick={() => onChange(tags.filter((it) => it !== tag))}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form className="add" onSubmit={add}>
        <input
          value={text}
          maxLength={50}
          dir="auto"
          aria-label={t("tags.new")}
          placeholder={t("tags.new")}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" disabled={text.trim() === "" || tags.length >= 20}>
          {t("tags.add")}
        </button>
      </form>
    </div>
  );
}
