// One API key in the list: what it is for, and its end.
import { useState } from "react";
import { t } from "../strings/translate.ts";
import type { ApiKey } from "./calls.ts";

type Props = { apiKey: ApiKey; onRevoke: (id: string) => Promise<void> };

export function ApiKeyRow({ apiKey, onRevoke }: Props) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const { id, name, prefix, created_at, expires_at, last_used_at } = apiKey;
  const revoke = async () => {
    setBusy(true);
    await onRevoke(id);
    setBusy(false);
  };
  return (
    <li>
      <div>
        <strong dir="auto">{name}</strong> <code>{prefix}…</code>
        <p className="aside">
          {asking
            ? t("keys.revoke.ask")
            : [
                t("keys.made.on", { date: day(created_at) }),
                last_used_at === null
                  ? t("keys.unused")
                  : t("keys.used.on", { date: day(last_used_at) }),
                ...(expires_at === null ? [] : [t("keys.ends.on", { date: day(expires_at) })]),
              ].join(" · ")}
        </p>
      </div>
      {asking ? (
        <>
          <button autoFocus onClick={() => setAsking(false)}>
            {t("keys.revoke.cancel")}
          </button>
          <button
            className="danger"
            disabled={busy}
            onClick={() => void revoke() /* its owner shows a failure */}
          >
            {t("keys.revoke.confirm")}
          </button>
        </>
      ) : (
        <button aria-label={t("keys.revoke", { name })} onClick={() => setAsking(true)}>
          {t("keys.revoke.short")}
        </button>
      )}
    </li>
  );
}

const day = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: "medium" });
