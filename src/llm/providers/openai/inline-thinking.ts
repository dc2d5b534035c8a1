// Thinking aloud: text that begins with <think> is reasoning until </think>, however it is cut.

const OPEN = "<think>";
const CLOSE = "</think>";

export class InlineThinking {
  #state: "before" | "within" | "closed" | "after";
  /** What may be the beginning of a tag. */
  #held = "";

  constructor(thinksAloud: boolean) {
    this.#state = thinksAloud ? "before" : "after";
  }

  /** What of it is thought and what is said, so far as that is certain. */
  add(content: string): { reasoning: string; text: string } {
    if (this.#state === "after") return { reasoning: "", text: content };
    if (this.#state === "closed") return { reasoning: "", text: this.#begun(content) };
    const all = this.#held + content;
    this.#held = "";
    if (this.#state === "before") {
      const begun = all.trimStart();
      if (begun.length < OPEN.length && OPEN.startsWith(begun)) {
        this.#held = all;
        return { reasoning: "", text: "" };
      }
      if (!begun.startsWith(OPEN)) {
        this.#state = "after";
        return { reasoning: "", text: all };
      }
      this.#state = "within";
      return this.#within(begun.slice(OPEN.length));
    }
    return this.#within(all);
  }

  #within(all: string): { reasoning: string; text: string } {
    const end = all.indexOf(CLOSE);
    if (end >= 0) {
      this.#state = "closed";
      return { reasoning: all.slice(0, end), text: this.#begun(all.slice(end + CLOSE.length)) };
    }
    let kept = Math.min(CLOSE.length - 1, all.length);
    while (kept > 0 && !CLOSE.startsWith(all.slice(all.length - kept))) kept--;
    this.#held = all.slice(all.length - kept);
    return { reasoning: all.slice(0, all.length - kept), text: "" };
  }

  /** The answer proper, without the empty lines before it. */
  #begun(text: string): string {
    const begun = text.trimStart();
    if (begun !== "") this.#state = "after";
    return begun;
  }

  /** What was held back, now that nothing follows. */
  end(): { reasoning: string; text: string } {
    const held = this.#held;
    this.#held = "";
    return this.#state === "within" ? { reasoning: held, text: "" } : { reasoning: "", text: held };
  }
}
