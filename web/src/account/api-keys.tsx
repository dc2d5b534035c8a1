// One's API keys: which there are, and a new one, which is shown once.
import { useEffect, useState } from "react";
import { sentenceOf } from "../http.ts";
import { Problem } from "../problem.tsx";
import { t } from "../strings/translate.ts";
import { ApiKeyRow } from "./api-key-row.tsx";
import { type ApiKey, listKeys, type NewApiKey, revokeKey } from "./calls.ts";
import { MadeKey } from "./made-key.tsx";
import { NewKeyForm } from "./new-key-form.tsx";

export function ApiKeys() {
  const [keys, setKeys] = useState<readonly ApiKey[] | null>(null);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let here = true;
    const list = async () => {
      try {
        const listed = await listKeys();
        if (here) setKeys(listed);
      } catch (thrown) {
        if (here) setProblem(sentenceOf(thrown));
      }
    };
    void list(); // shows its own failure
    return () => {
      here = false;
    };
  }, []);

  const revoke = async (id: string) => {
    try {
      await revokeKey(id);
      setKeys((them) => them?.filter((key) => key.id !== id) ?? null);
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
        <ul className="keys" aria-labelledby="settings-keys">
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
            setKeys((them) => [listed, ...(them ?? [])]);
          }}
        />
      ) : (
        <MadeKey made={made} onDone={() => setMade(null)} />
      )}
    </section>
  );
}
