// Checks the input, settles who answers, and says what of the request was ignored.
import { unwrap } from "../errors.ts";
import { aboutOf } from "./about.ts";
import { hasSaid, type Node } from "./state.ts";

export const preprocess: Node = (state, services, sink) => {
  if (state.ignored.length > 0 && !hasSaid(sink, "ignored_parameter"))
    sink.emit({
      type: "notice",
      notice: {
        code: "ignored_parameter",
        message: `Not known here, and ignored: ${state.ignored.join(", ")}.`,
        details: { parameters: state.ignored },
      },
    });
  for (const notice of state.notices)
    if (!hasSaid(sink, notice.code)) sink.emit({ type: "notice", notice });
  const { provider, model } = state;
  const { routed, ...choice } = unwrap(
    services.models.choose({ provider, model, about: () => aboutOf(state, services) }),
  );
  if (routed !== null && !hasSaid(sink, routed.code)) sink.emit({ type: "notice", notice: routed });
  return { ...state, choice };
};
