// What the page is drawn with: elements, text with `code` in it, samples that can be copied.
type Attributes = Record<string, string>;

export function el<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A `<details>` that is filled when it is first opened. */
export function lazily(
  attributes: Attributes,
  summary: readonly (Node | string)[],
  content: () => (Node | string)[],
) {
  const made = el("details", attributes, el("summary", {}, ...summary));
  made.addEventListener("toggle", () => made.append(...content()), { once: true });
  return made;
}

export const prose = (text = "") =>
  text.split("`").map((piece, at) => (at % 2 === 0 ? piece : el("code", {}, piece)));

/** A value as JSON, with a button that copies it. */
export function sample(value: unknown) {
  const text = JSON.stringify(value, null, 2);
  const button = el("button", { type: "button" }, "Copy");
  button.addEventListener("click", () => {
    const says = (word: string) => () => (button.textContent = word);
    void navigator.clipboard.writeText(text).then(says("Copied"), says("Not allowed"));
    setTimeout(says("Copy"), 1500);
  });
  return el("div", { class: "sample" }, button, el("pre", { tabindex: "0" }, text));
}
