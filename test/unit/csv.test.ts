// Cells that a spreadsheet would run, and cells that would break the line.
import { expect, test } from "vitest";
import { csvLine } from "../../src/protocol/csv.ts";

test("a cell is quoted where it has to be (RFC 4180), and never begins a formula", () => {
  for (const [value, cell] of [
    ["plain", "plain"],
    [null, ""],
    ["", ""],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\r\nlines", '"two\r\nlines"'],
    ["=1+1", "'=1+1"],
    ["+49", "'+49"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
    ["a=b", "a=b"],
  ] as const)
    expect(csvLine([value, "end"])).toBe(`${cell},end\r\n`);
});
