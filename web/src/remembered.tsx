// What a conversation remembers of what was said: summary, topics, who and what was named.
import type { Remembered as Memory } from "../../src/protocol/conversation.ts";
import { t } from "./strings/translate.ts";

export function Remembered({ remembered: { summary, topics, entities } }: { remembered: Memory }) {
  if (summary === null && topics.length === 0 && entities.length === 0)
    return <p className="aside">{t("memory.nothing")}</p>;
  return (
    <>
      {summary !== null && (
        <p className="summary" dir="auto">
          {summary}
        </p>
      )}
      {topics.length > 0 && (
        <ul className="chips" aria-label={t("memory.topics")}>
          {topics.map((topic) => (
            <li key={topic} dir="auto">
              {topic}
            </li>
          ))}
        </ul>
      )}
      {entities.length > 0 && (
        <ul className="entries" aria-label={t("memory.entities")}>
          {entities.map(({ name, type, attributes, mention_count }) => (
            <li key={`${type} ${name}`}>
              <div>
                <strong dir="auto">{name}</strong> <span className="aside">{type}</span>
                <p className="aside" dir="auto">
                  {[
                    ...Object.entries(attributes).map(([key, value]) => `${key}: ${value}`),
                    t("memory.mentions", { count: mention_count }),
                  ].join(" · ")}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
