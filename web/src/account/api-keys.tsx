// One's API keys: which there are, and a new one, which is shown once.
import { useState } from "react";
import { sentenceOf } from "../http.ts";
import { Problem } from "../problem.tsx";
import { t } from "../strings/translate.ts";
import { ApiKeyRow } from "./api-key-row.tsx";
import { listKeys, type NewApiKey, revokeKey } from "./calls.ts";
import { MadeKey } from "./made-key.tsx";
import { NewKeyForm } from "./new-key-form.tsx";
import { useLoaded } from "../use-loaded.ts";

export function ApiKeys() {
  const { loaded: keys, change, problem, setProblem } = useLoaded(listKeys);
  const [made, setMade] = useState<NewApiKey | null>(null);

  const revoke = async (id: string) => {
    try {
      await revokeKey(id);
      change((them) => them.filter((key) => key.id !== id));
      setMade((it) => (it?.id === id ? null : it));
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };

  return (
    <section aria-labelledby="settings-keys">
      <h3 id="settings-keys">{t("keys.title")}</h3>
      <p>{t("keys.text")}</p>
      <Problem text={problem} onDismiss={() => setProblem(null)} />
      {keys?.length === 0 && <p className="aside">{t("keys.none")}</p>}
      {keys !== null && keys.length > 0 && (
        <ul className="entries" aria-labelledby="settings-keys">
          {keys.map((key) => (
            <ApiKeyRow key={key.id} apiKey={key} onRevoke={revoke} />
          ))}
        </ul>
      )}
      {made === null ? (
        <NewKeyForm
          onMade={(key) => {
            setMade(key);
            const { key: _secret, ...listed } = key;
            change((them) => [listed, ...them]);
          }}
        />
      ) : (
        <MadeKey made={made} onDone={() => setMade(null)} />
      )}
    </section>
  );
}
