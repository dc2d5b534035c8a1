// Says what came of a link.
import { Modal } from "../modal.tsx";
import { t } from "../strings/translate.ts";
import type { Outcome } from "./use-outcome.ts";

type Props = { title: string; working: string; outcome: Outcome | null; onClose: () => void };

export function OutcomeDialog({ title, working, outcome, onClose }: Props) {
  return (
    <Modal title={title} className="door" onClose={onClose}>
      <p
        className={outcome?.ok === false ? "wrong" : undefined}
        role={outcome?.ok === false ? "alert" : "status"}
        dir="auto"
      >
        {outcome?.sentence ?? working}
      </p>
      <div className="choices">
        <button className="primary" onClick={onClose}>
          {t("outcome.close")}
        </button>
      </div>
    </Modal>
  );
}
