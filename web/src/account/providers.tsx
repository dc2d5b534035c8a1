// Whom one can sign in with elsewhere: a plain link each, since the whole page goes there and back.
import { returnPath } from "../arrival.ts";
import { t } from "../strings/translate.ts";
import { listProviders } from "./calls.ts";
import { useLoaded } from "../use-loaded.ts";

export function Providers({ invitation }: { invitation: string | null }) {
  const { loaded: providers } = useLoaded(listProviders); // without an answer, the password is left
  if (providers === null || providers.length === 0) return null;
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
