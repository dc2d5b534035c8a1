// What stands in a message for the taking: what is quoted, numbers, and `name: value`. Each is taken
// once, in its order, so that two properties do not get the same.

const QUOTED = /"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»|`([^`\n]+)`|(?<![\p{L}\p{N}])'([^'\n]+)'/gu;
const NUMBER = /(?<![\p{L}\p{N}.,])-?\d+(?:\.\d+)?(?![\p{L}\p{N}]|[.,]\d)/gu;

export class Found {
  readonly text: string;
  #quoted: string[];
  #numbers: number[];

  constructor(text: string) {
    this.text = text;
    this.#quoted = [...text.matchAll(QUOTED)].map((match) => match.slice(1).find(Boolean) ?? "");
    this.#numbers = [...text.replaceAll(QUOTED, " ").matchAll(NUMBER)].map(([digits]) =>
      Number(digits),
    );
  }

  /** What is written as `name: value` or `name = value`. */
  named(name: string): string | undefined {
    const words = name
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
      .replaceAll(/[^\p{L}\p{N}]+/gu, "[ _-]?");
    if (!/[\p{L}\p{N}]/u.test(name)) return undefined;
    const match = new RegExp(
      `(?<![\\p{L}\\p{N}])${words}\\s*[:=]\\s*(?:["“«\`']([^"”»\`'\\n]+)["”»\`']|([^\\s,;]+))`,
      "iu",
    ).exec(this.text);
    const value = match?.[1] ?? match?.[2];
    if (value === undefined) return undefined;
    this.#quoted = without(this.#quoted, value);
    this.#numbers = without(this.#numbers, Number(value));
    return value;
  }

  quoted(): string | undefined {
    return this.#quoted.shift();
  }

  number(whole: boolean): number | undefined {
    const at = this.#numbers.findIndex((it) => !whole || Number.isInteger(it));
    return at < 0 ? undefined : this.#numbers.splice(at, 1)[0];
  }

  /** All that is left. */
  rest(): { quoted: string[]; numbers: number[] } {
    return { quoted: this.#quoted, numbers: this.#numbers };
  }
}

function without<T>(values: readonly T[], value: T): T[] {
  const at = values.indexOf(value);
  return at < 0 ? [...values] : values.toSpliced(at, 1);
}
