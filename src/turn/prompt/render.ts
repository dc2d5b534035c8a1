// A prompt's body and the values of its variables become a system prompt and examples. Pure, and
// strict: what is not declared is not there, and what is missing is said.
import { fail, ok, type Result } from "../../errors.ts";
import type { PromptBody, PromptValues } from "../../protocol/prompt.ts";
import { fill, filledLength, readTemplate } from "./template.ts";

export type RenderedPrompt = {
  /** Empty where the prompt has examples alone. */
  system: string;
  examples: { user: string; assistant: string }[];
};

/** Characters, of the system prompt as of the examples: as many as a `system_prompt` may have. */
const LONGEST = 100_000;
const SAID = LONGEST.toLocaleString("en");

type Path = (string | number)[];
type Template = { path: Path; template: string; part: "system" | "examples" };

const LISTS = ["capabilities", "guidelines", "constraints"] as const;

/** Everything in a body that variables may stand in. */
function templatesOf(body: PromptBody): Template[] {
  const { text, identity, format, examples = [] } = body;
  const found: Template[] = [];
  const add = (part: Template["part"], template: string | undefined, ...path: Path) => {
    if (template !== undefined) found.push({ path, template, part });
  };
  add("system", text, "text");
  add("system", identity?.name, "identity", "name");
  add("system", identity?.description, "identity", "description");
  for (const list of LISTS)
    for (const [at, entry] of (body[list] ?? []).entries()) add("system", entry, list, at);
  add("system", format, "format");
  for (const [at, { user, assistant }] of examples.entries()) {
    add("examples", user, "examples", at, "user");
    add("examples", assistant, "examples", at, "assistant");
  }
  return found;
}

/** What keeps a body from being stored, by the field that has it. */
export function problemsOf(body: PromptBody): { path: Path; problem: string }[] {
  const declared = new Set(Object.keys(body.variables ?? {}));
  const problems = templatesOf(body).flatMap(({ path, template }) => {
    const { variables, stray } = readTemplate(template);
    const undeclared = variables
      .filter((name) => !declared.has(name))
      .map(
        (name) =>
          `uses {{${name}}}, which is no variable of this prompt; declare it in variables, or write \\{{ for braces`,
      );
    const malformed = stray.map(
      (found) =>
        `has ${JSON.stringify(found)}, which is no variable; write {{name}}, or \\{{ for braces`,
    );
    return undeclared.concat(malformed).map((problem) => ({ path, problem }));
  });
  const part = tooLong(body, new Map());
  if (part === null) return problems;
  return [...problems, { path: part === "system" ? [] : [part], problem: LENGTH[part] }];
}

const LENGTH = {
  system: `makes a system prompt of more than ${SAID} characters; shorten it`,
  examples: `have more than ${SAID} characters together; shorten them`,
} as const;

function tooLong(body: PromptBody, values: ReadonlyMap<string, string>): Template["part"] | null {
  const length = { system: 0, examples: 0 };
  for (const { part, template } of templatesOf(body))
    length[part] += filledLength(template, values);
  if (length.system > LONGEST) return "system";
  return length.examples > LONGEST ? "examples" : null;
}

/**
 * @param at where the request has the values, for a failure to name
 * @returns VALIDATION_ERROR for a value that nobody declared, one that is missing, and values that
 * make too much or an empty example of it
 */
export function renderPrompt(
  body: PromptBody,
  given: Readonly<PromptValues>,
  at = "prompt.variables",
): Result<RenderedPrompt> {
  const known = valuesOf(body, given, at);
  if (!known.ok) return known;
  const values = known.value;
  const long = tooLong(body, values);
  if (long !== null)
    return fail(
      "VALIDATION_ERROR",
      `${at}: ${long === "system" ? "make a system prompt" : "make examples"} of more than ${SAID} characters; shorten them`,
      { field: at },
    );
  const examples = (body.examples ?? []).map(({ user, assistant }) => ({
    user: fill(user, values),
    assistant: fill(assistant, values),
  }));
  const blank = examples.findIndex(({ user, assistant }) => !user.trim() || !assistant.trim());
  if (blank >= 0)
    return fail(
      "VALIDATION_ERROR",
      `${at}: leave example ${blank + 1} of the prompt blank; give the variables in it a value`,
      { field: at, example: blank + 1 },
    );
  return ok({ system: systemOf(body, values), examples });
}

function valuesOf(
  { variables = {} }: PromptBody,
  given: Readonly<PromptValues>,
  at: string,
): Result<Map<string, string>> {
  const names = Object.keys(variables);
  const wrong = (name: string, problem: string) => {
    const field = `${at}.${name}`;
    return fail("VALIDATION_ERROR", `${field}: ${problem}`, { field, variables: names });
  };
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(variables, name));
  if (stranger !== undefined)
    return wrong(
      stranger.slice(0, 64).toWellFormed(),
      names.length === 0
        ? "this prompt has no variables; leave it out"
        : `is no variable of this prompt; it has ${names.join(", ")}`,
    );
  const values = new Map<string, string>();
  for (const [name, { default: standard, required = standard === undefined }] of Object.entries(
    variables,
  )) {
    const value = Object.hasOwn(given, name) ? given[name] : standard;
    if (value === undefined && required)
      return wrong(name, "is missing; give it a value, or the prompt a default for it");
    values.set(name, String(value ?? ""));
  }
  return ok(values);
}

/** Seed 003 §5.2: who it is, then a section for each of the others. A free text comes after who it is. */
function systemOf(body: PromptBody, values: ReadonlyMap<string, string>): string {
  const { text, identity, capabilities, guidelines, format, constraints } = body;
  const filled = (template: string) => fill(template, values);
  const section = (title: string, content: string) => `## ${title}\n${content}`;
  // A line of a value stays within its entry: it begins no section of its own.
  const bullets = (entries: string[]) =>
    entries
      .map(
        (entry) =>
          `- ${filled(entry)
            .trim()
            .replaceAll(/\r\n?|\n/g, "\n  ")}`,
      )
      .join("\n");
  return [
    identity && `You are ${filled(identity.name)}, ${filled(identity.description)}`,
    text && filled(text),
    capabilities && section("Your Capabilities", bullets(capabilities)),
    guidelines && section("Important Guidelines", bullets(guidelines)),
    format && section("Response Format", filled(format)),
    constraints && section("Constraints", bullets(constraints)),
  ]
    .filter((part) => part !== undefined)
    .join("\n\n");
}
