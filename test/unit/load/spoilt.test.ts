import { expect, test } from "vitest";
import { LoadError } from "../../../src/rag/blocks.ts";
import { docx, load, paragraph, pdf, table } from "./made.ts";

const sound: Record<string, () => Promise<Uint8Array> | Uint8Array | string> = {
  "a.pdf": () =>
    pdf([
      ({ page, text }) =>
        page.drawText("Some text of a page.", { x: 50, y: 700, size: 11, font: text }),
      ({ page }) => page.drawText("The second page."),
    ]),
  "a.docx": () =>
    docx(
      paragraph("Some text.") +
        table([
          ["A", "B"],
          ["1", "2"],
        ]),
    ),
  "a.html": () =>
    "<!doctype html><title>T</title><table><tr><td>a<td>b</table><ul><li>x</ul><pre>q</pre>&amp;<script>a</script>",
  "a.md": () =>
    "# A\n\n- b\n- c\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n> q *e* [l](x)\n\n```\ncode\n```\n",
  "a.csv": () => 'a,b\n1,"x\ny"\n2,3\n',
  "a.json": () => '{"a":[{"b":1,"c":[1,{"d":"e"}]}],"f":"g"}',
};

/** Numbers that look like chance and are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % sides;
  };
}

function spoil(bytes: Uint8Array, roll: (sides: number) => number): Uint8Array {
  let spoilt = bytes.slice();
  for (let times = 1 + roll(6); times > 0; times--) {
    const at = roll(spoilt.length);
    const length = Math.min(roll(100), spoilt.length - at);
    const way = roll(4);
    if (way === 0) spoilt[at] = roll(256);
    else if (way === 1) spoilt.fill(roll(256), at, at + length);
    else if (way === 2) spoilt.copyWithin(roll(spoilt.length), at, at + length);
    else if (roll(3) === 0) spoilt = spoilt.slice(0, at + 1);
  }
  return spoilt;
}

test.each(Object.entries(sound))(
  "whatever is done to %s, it is read or refused with a reason",
  async (name, make) => {
    const made = await make();
    const bytes = typeof made === "string" ? new TextEncoder().encode(made) : made;
    const roll = dice(name.length * 7919 + bytes.length);
    for (let round = 0; round < 60; round++) {
      const spoilt = spoil(bytes, roll);
      const outcome: unknown = await load(spoilt, name).catch((error: unknown) => error);
      if (!(outcome instanceof LoadError)) expect(outcome).toHaveProperty("blocks");
    }
  },
);
