// A file that the server makes: the browser takes it as it comes, the page never holds it.
import { type ReactNode, useState } from "react";
import { admitted } from "./account.ts";
import { sentenceOf } from "./http.ts";

type Props = {
  path: string;
  /** What it is called where its children are a sign. */
  label?: string;
  children: ReactNode;
};

export function Download({ path, label, children }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const fetch = async () => {
    try {
      await admitted(); // what a link asks for nobody can ask again with a newer session
      const link = document.createElement("a");
      link.href = `/api/v1${path}`;
      link.download = "";
      link.click();
      setProblem(null);
    } catch (thrown) {
      setProblem(sentenceOf(thrown));
    }
  };
  return (
    <>
      <button
        className={label === undefined ? undefined : "icon"}
        aria-label={label}
        title={label}
        onClick={() => void fetch() /* shows its own failure */}
      >
        {children}
      </button>
      {problem !== null && (
        <span className="wrong" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
