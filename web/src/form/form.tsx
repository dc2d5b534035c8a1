// A form: its fields, what went wrong or well, and the button that submits it.
import type { ReactNode } from "react";
import type { FormState } from "./use-form.ts";

type Props = {
  state: FormState;
  submit: string;
  /** What to say after it went well. */
  done?: string | null;
  children: ReactNode;
};

export function Form({ state: { form, busy, problem, onSubmit }, submit, done, children }: Props) {
  return (
    // Its own checks, in the page's words: the browser's bubbles stay away.
    <form ref={form} className="form" noValidate aria-busy={busy} onSubmit={onSubmit}>
      {children}
      {problem !== null && (
        <p className="wrong" role="alert">
          {problem}
        </p>
      )}
      <div className="submit">
        <button type="submit" className="primary" disabled={busy}>
          {submit}
        </button>
        <span className="aside" role="status">
          {done}
        </span>
      </div>
    </form>
  );
}
