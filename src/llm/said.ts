// Text of one batch, told as one: what arrived together is written together.
import type { ModelEvent } from "./provider.ts";

export class Said {
  #events: Extract<ModelEvent, { type: "text" | "reasoning" }>[] = [];

  add(type: "text" | "reasoning", text: string | null | undefined): void {
    if (text === null || text === undefined || text === "") return;
    const last = this.#events.at(-1);
    if (last?.type === type) last.text += text;
    else this.#events.push({ type, text });
  }

  /** What was added since it was last taken. */
  take(): ModelEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
