// Whom one can sign in with elsewhere: a plain link each, since the whole page goes there and back.
import { useEffect, useState } from "react";
import { returnPath } from "../arrival.ts";
import { t } from "../strings/translate.ts";
import { listProviders, type Provider } from "./calls.ts";

export function Providers({ invitation }: { invitation: string | null }) {
  const [providers, setProviders] = useState<readonly Provider[]>([]);
  useEffect(() => {
    let here = true;
    const list = async () => {
      try {
        const listed = await listProviders();
        if (here) setProviders(listed);
      } catch {
        // The password is left.
      }
    };
    void list(); // catches
    return () => {
      here = false;
    };
  }, []);
  if (providers.length === 0) return null;
  const query = new URLSearchParams({ return_to: returnPath(invitation) });
  return (
    <>
      <div className="providers">
        {providers.map(({ id, name, start_url }) => (
          <a key={id} className="provider" href={`${start_url}?${query}`}>
            {t("sign-in.with", { provider: name })}
          </a>
        ))}
      </div>
      <p className="or">
        <span>{t("sign-in.or")}</span>
      </p>
    </>
  );
}
