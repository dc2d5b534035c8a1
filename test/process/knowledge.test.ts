// What a newcomer is shown of documents, around a real server.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("the demonstration answers its three questions from the right pages", () => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "demo:knowledge"], {
    encoding: "utf8",
    timeout: 110_000,
  });
  expect(`${status} ${stderr}`).toMatch(/^0/);
  const answers = stdout.split(/^> /m).filter((answer) => answer.includes("Embedded model"));
  expect(answers).toHaveLength(3);
  for (const [at, says] of [/24 hours/, /detaches a viewer/, /scrypt/].entries()) {
    expect(answers[at]).toMatch(says);
    expect(answers[at]).toMatch(/\[\d\] (README|docs\/)/);
  }
}, 120_000);
