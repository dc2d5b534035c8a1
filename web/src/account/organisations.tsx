// Where one may act: for oneself, or in an organisation. Nothing where there is no choice.
import { CheckIcon } from "../icons.tsx";
import type { Organisation } from "../session-mark.ts";
import { t } from "../strings/translate.ts";
import { useAccount } from "../use-account.ts";
import { listOrganisations } from "./calls.ts";
import { useLoaded } from "../use-loaded.ts";

/** @param onSwitch is given null for oneself */
export function Organisations({ onSwitch }: { onSwitch: (to: Organisation | null) => void }) {
  const { user } = useAccount();
  const { loaded } = useLoaded(listOrganisations); // without an answer there is nothing to choose
  if (user === null || loaded === null || loaded.length < 2) return null;
  return (
    <div role="group" aria-label={t("organisations.label")}>
      {loaded.map(({ id, name, current }) => {
        const own = id === user.id;
        return (
          <button
            key={id}
            aria-current={current}
            onClick={() => onSwitch(own ? null : { id, name: name ?? id })}
          >
            <span dir="auto">{own ? t("organisations.own") : (name ?? id)}</span>
            {current && <CheckIcon />}
          </button>
        );
      })}
    </div>
  );
}
