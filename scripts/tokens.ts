// `node scripts/tokens.ts [file …]`: how far the token estimate is off, on each sample or on the
// given files. What to look at after changing a figure in src/llm/characters.ts or tokens.ts.
import { globSync, readFileSync } from "node:fs";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { estimateTokens } from "../src/llm/tokens.ts";

const given = process.argv.slice(2);
const files = given.length > 0 ? given : globSync("test/fixtures/tokens/*/*.txt").sort();

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const texts = file.endsWith("short.txt") ? text.trim().split("\n") : [text];
  const estimated = texts.reduce((sum, one) => sum + estimateTokens(one), 0);
  const counted = texts.reduce((sum, one) => sum + countTokens(one), 0);
  const off = `${((estimated / counted - 1) * 100).toFixed(1)} %`;
  console.log(`${off.padStart(8)}  ${String(counted).padStart(7)} tokens  ${file}`);
}
