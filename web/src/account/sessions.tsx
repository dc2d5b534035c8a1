// Where one is signed in, and signing out there.
import { useState } from "react";
import { sentenceOf } from "../http.ts";
import { Problem } from "../problem.tsx";
import { t } from "../strings/translate.ts";
import { endSession, listSessions } from "./calls.ts";
import { deviceOf } from "./device.ts";
import { Everywhere } from "./everywhere.tsx";
import { useLoaded } from "../use-loaded.ts";

export function Sessions({ onSignOut }: { onSignOut: (all: boolean) => Promise<void> }) {
  const { loaded: sessions, change, problem, setProblem } = useLoaded(listSessions);
  const [ending, setEnding] = useState<string | null>(null);
  const end = async (id: string) => {
    setEnding(id);
    try {
      await endSession(id);
      change((them) => them.filter((it) => it.id !== id));
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
    setEnding(null);
  };
  return (
    <section aria-labelledby="settings-sessions">
      <h3 id="settings-sessions">{t("sessions.title")}</h3>
      <Problem text={problem} onDismiss={() => setProblem(null)} />
      {sessions !== null && (
        <ul className="entries" aria-labelledby="settings-sessions">
          {sessions.map(({ id, current, created_at, last_used_at, address, user_agent }) => {
            const device = deviceOf(user_agent);
            return (
              <li key={id}>
                <div>
                  <strong dir="auto">{device}</strong>
                  <p className="aside">
                    {[
                      current
                        ? t("sessions.current")
                        : t("sessions.used", { when: moment(last_used_at) }),
                      t("sessions.since", { when: moment(created_at) }),
                      ...(address === null ? [] : [address]),
                    ].join(" · ")}
                  </p>
                </div>
                {!current && (
                  <button
                    aria-label={t("sessions.end", { device })}
                    disabled={ending !== null}
                    onClick={() => void end(id) /* shows its own failure */}
                  >
                    {t("sessions.end.short")}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      <Everywhere onSignOut={onSignOut} />
    </section>
  );
}

const moment = (iso: string) =>
  new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
