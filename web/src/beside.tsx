// What a message has beside its text: pictures, what tools answered, the calls of an answer.
import type { Part } from "../../src/protocol/message.ts";
import type { ToolCall } from "../../src/protocol/tool.ts";
import { t } from "./strings/translate.ts";

/** Of a question. A picture that stands elsewhere is named and not fetched: whoever reads is not to be seen by it. */
export function Beside({ parts }: { parts: readonly Part[] }) {
  const beside = parts.flatMap((part) => {
    if (part.type === "image")
      return part.url.startsWith("data:")
        ? [<img key={part.url} src={part.url} alt={t("message.picture")} />]
        : [
            <p key={part.url} className="meta" dir="ltr">
              {t("message.picture")}: {part.url}
            </p>,
          ];
    return part.type === "tool_result"
      ? [<Folded key={part.tool_call_id} label={t("message.result")} text={part.content} />]
      : [];
  });
  return beside.length === 0 ? null : <div className="beside">{beside}</div>;
}

export function Calls({ calls }: { calls: readonly ToolCall[] }) {
  return calls.map(({ id, name, arguments: given }) => (
    <Folded key={id} label={`${t("answer.calls")} ${name}`} text={given} />
  ));
}

function Folded({ label, text }: { label: string; text: string }) {
  return (
    <details className="reasoning">
      <summary>{label}</summary>
      <div dir="auto">{text}</div>
    </details>
  );
}
