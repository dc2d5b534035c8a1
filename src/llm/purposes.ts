// What a model is asked for: an answer, or one of the small things beside it.

export type Purpose =
  | "chat"
  | "title"
  | "summary"
  | "entities"
  | "intent"
  | "references"
  | "judge"
  | "rerank"
  /** What is asked while searching documents. */
  | "retrieval";

/** The variable that names the model of a purpose; an answer's is chosen by its request. */
export const MODEL_VARIABLES = {
  title: "TITLE_MODEL",
  summary: "SUMMARY_MODEL",
  entities: "ENTITIES_MODEL",
  intent: "INTENT_MODEL",
  references: "REFERENCES_MODEL",
  judge: "JUDGE_MODEL",
  rerank: "RERANK_MODEL",
  retrieval: "RETRIEVAL_MODEL",
} as const satisfies Record<Exclude<Purpose, "chat">, string>;
