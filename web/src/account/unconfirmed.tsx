// Says that an email address is not confirmed, and has the link sent again.
import { useState } from "react";
import { sentenceOf } from "../http.ts";
import { t } from "../strings/translate.ts";
import { resendConfirmation } from "./calls.ts";

export function Unconfirmed() {
  const [said, setSaid] = useState(t("profile.unconfirmed"));
  const resend = async () => {
    try {
      await resendConfirmation();
      setSaid(t("profile.resent"));
    } catch (thrown) {
      setSaid(sentenceOf(thrown));
    }
  };
  return (
    <p className="aside" role="status">
      {said}{" "}
      <button
        type="button"
        className="plain"
        onClick={() => void resend() /* shows its own failure */}
      >
        {t("profile.resend")}
      </button>
    </p>
  );
}
