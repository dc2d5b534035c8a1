// How many turns are judged after they have ended.
import type { Config } from "../../config.ts";

/** Of turns with sources, from 0 to 1: none where nobody is named who judges. */
export function judgedShare(config: Pick<Config, "JUDGE_MODEL" | "RAG_EVALUATION_SHARE">): number {
  return config.JUDGE_MODEL === undefined ? 0 : config.RAG_EVALUATION_SHARE;
}
