// System prompt, history and message become one request that any adapter can send.
import { AppError } from "../errors.ts";
import { normalise } from "../llm/normalise.ts";
import type { Node } from "./state.ts";

export const assemble: Node = (state, services) => {
  if (state.choice === null)
    throw new AppError("INTERNAL_ERROR", "assemble came before preprocess");
  const spoken = state.messages ?? [...state.history, { role: "user", content: state.text }];
  return {
    ...state,
    request: {
      model: state.choice.model,
      system: state.system ?? services.systemPrompt,
      messages: normalise(spoken),
      settings: state.settings,
      defaults: services.defaults,
      continues: state.continues,
    },
  };
};
