// What a form does: checks its fields by their own constraints, submits, and shows beside each field
// what is wrong with it.
import { type RefObject, type SubmitEvent, useRef, useState } from "react";
import { fieldOf, sentenceOf } from "../http.ts";
import { t } from "../strings/translate.ts";

/** Sentences by the names of fields. */
export type Problems = Readonly<Record<string, string>>;

export type FormState = {
  form: RefObject<HTMLFormElement | null>;
  busy: boolean;
  problems: Problems;
  /** What is wrong with none of the fields in particular. */
  problem: string | null;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
};

/** @param submit is given the values by the names of fields; what it throws is shown */
export function useForm(submit: (values: Record<string, string>) => Promise<void>): FormState {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const [problem, setProblem] = useState<string | null>(null);

  const show = (wrong: Problems, general: string | null) => {
    setProblems(wrong);
    setProblem(general);
    fieldsOf(form.current)
      .find(({ name }) => name in wrong)
      ?.focus();
  };
  const run = async () => {
    const fields = fieldsOf(form.current);
    const wrong = Object.fromEntries(
      fields.flatMap((field) => {
        const sentence = wrongWith(field);
        return sentence === null ? [] : [[field.name, sentence]];
      }),
    );
    show(wrong, null);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await submit(Object.fromEntries(fields.map(({ name, value }) => [name, value])));
    } catch (thrown) {
      const field = fieldOf(thrown);
      const named = fields.some(({ name }) => name === field);
      if (field !== null && named) show({ [field]: ofField(field, sentenceOf(thrown)) }, null);
      else show({}, sentenceOf(thrown));
    }
    setBusy(false);
  };

  return {
    form,
    busy,
    problems,
    problem,
    onSubmit(event) {
      event.preventDefault();
      if (!busy) void run(); // shows its own failure
    },
  };
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Of several radio buttons with one name, one has the value. */
const isOtherChoice = (it: Control) =>
  it instanceof HTMLInputElement && it.type === "radio" && !it.checked;

function fieldsOf(form: HTMLFormElement | null): Control[] {
  return [...(form?.elements ?? [])].filter(
    (it): it is Control =>
      (it instanceof HTMLInputElement ||
        it instanceof HTMLSelectElement ||
        it instanceof HTMLTextAreaElement) &&
      it.name !== "" &&
      !isOtherChoice(it),
  );
}

function wrongWith(field: Control): string | null {
  if (field.validity.valueMissing) return t("form.missing");
  if (field.validity.typeMismatch) return t(field.type === "url" ? "form.address" : "form.email");
  // `tooShort` would be silent about what a password manager filled in.
  const least = field instanceof HTMLInputElement ? field.minLength : -1;
  if (field.value !== "" && field.value.length < least) return t("form.short", { least });
  return null;
}

/** The server says `email: is registered already`, or a sentence: its field's label stands beside it. */
function ofField(field: string, message: string): string {
  const prefix = `${field}: `;
  if (!message.startsWith(prefix)) return message;
  const problem = message.slice(prefix.length);
  return problem.endsWith(".")
    ? problem.charAt(0).toUpperCase() + problem.slice(1)
    : t("form.refused", { problem });
}
