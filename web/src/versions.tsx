// Which of the versions of a message is shown, and the way to the others.
import type { Message } from "../../src/protocol/message.ts";
import { BackIcon, ForthIcon } from "./icons.tsx";
import { t } from "./strings/translate.ts";

type Props = { message: Message; onChoose: (id: string) => void };

export function Versions({ message: { id, sibling_ids }, onChoose }: Props) {
  const at = sibling_ids.indexOf(id);
  if (at < 0 || sibling_ids.length < 2) return null;
  const step = (to: number, label: string, icon: React.ReactNode) => {
    const target = sibling_ids[to];
    return (
      // Not disabled: at the last one the focus would be lost.
      <button
        className="icon"
        aria-label={label}
        aria-disabled={target === undefined}
        onClick={() => {
          if (target !== undefined) onChoose(target);
        }}
      >
        {icon}
      </button>
    );
  };
  return (
    <span className="versions" role="group" aria-label={t("versions.label")}>
      {step(at - 1, t("versions.earlier"), <BackIcon />)}
      <span aria-label={t("versions.at", { at: at + 1, of: sibling_ids.length })}>
        {at + 1}/{sibling_ids.length}
      </span>
      {step(at + 1, t("versions.later"), <ForthIcon />)}
    </span>
  );
}
