// A field with its label, a hint, and what is wrong with it.
import { type ComponentProps, useId } from "react";
import { t } from "../strings/translate.ts";
import type { Problems } from "./use-form.ts";

type Props = Omit<ComponentProps<"input">, "name"> & {
  name: string;
  label: string;
  hint?: string;
  problems: Problems;
};

export function Field({ name, label, hint, problems, ...input }: Props) {
  const id = useId();
  const problem = problems[name];
  const described = [
    problem === undefined ? [] : [`${id}problem`],
    hint === undefined ? [] : [`${id}hint`],
  ].flat();
  return (
    <div className="labelled">
      <label htmlFor={id}>
        {label}
        {input.required !== true && <span className="quiet"> · {t("form.optional")}</span>}
      </label>
      <input
        {...input}
        id={id}
        name={name}
        dir="auto"
        aria-invalid={problem !== undefined}
        aria-describedby={described.join(" ") || undefined}
      />
      {problem !== undefined && (
        <p id={`${id}problem`} className="wrong">
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}hint`} className="aside">
          {hint}
        </p>
      )}
    </div>
  );
}
