// The prompt that a request names, found and rendered: what a send needs of it.
import type { Principal } from "../../auth/principal.ts";
import { AppError, unwrap } from "../../errors.ts";
import type { PromptReference } from "../../protocol/prompt.ts";
import type { Database } from "../../store/database.ts";
import { promptAt } from "../../store/prompts.ts";
import { type RenderedPrompt, renderPrompt } from "./render.ts";

export type ResolvedPrompt = RenderedPrompt & { name: string; version: number };

/**
 * One read of D1.
 * @param at where the request has the values, for a failure to name
 * @throws NOT_FOUND naming the prompt, VALIDATION_ERROR naming the variable
 */
export async function resolvePrompt(
  db: Database,
  principal: Pick<Principal, "tenant_id">,
  { name, version, variables = {} }: PromptReference,
  at = "prompt.variables",
): Promise<ResolvedPrompt> {
  const found = await knownPrompt(db, principal, name, version);
  return {
    ...unwrap(renderPrompt(found.body, variables, at)),
    name: found.prompt.name,
    version: found.version,
  };
}

/** @throws NOT_FOUND naming the prompt, another tenant's likewise, or the version that it does not have */
export async function knownPrompt(
  db: Database,
  { tenant_id }: Pick<Principal, "tenant_id">,
  name: string,
  version?: number,
) {
  const found = await promptAt(db, tenant_id, name, version);
  if (found === undefined) throw noPrompt(name);
  const { prompt, body } = found;
  if (body === null)
    throw new AppError(
      "NOT_FOUND",
      `The prompt ${name} has no version ${version}. List them with GET /api/v1/prompts/${name}/versions.`,
      { prompt: name, version, latest_version: prompt.latest_version },
    );
  return { prompt, body, version: version ?? prompt.latest_version };
}

export function noPrompt(name: string): AppError {
  const said = name.slice(0, 64).toWellFormed();
  return new AppError(
    "NOT_FOUND",
    `No such prompt: ${said}. List yours with GET /api/v1/prompts.`,
    { prompt: said },
  );
}
