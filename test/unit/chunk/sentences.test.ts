// Where sentences begin, as a reader sees it.
import { expect, test } from "vitest";
import { sentenceStarts } from "../../../src/rag/chunk/sentences.ts";

const sentences = (text: string) => {
  const starts = [0, ...sentenceStarts(text)];
  return starts.map((start, at) => text.slice(start, starts[at + 1]).trim());
};

test.each([
  ["two", ["The tide rises.", "It falls again."]],
  ["titles", ["We met Dr. Weiss and Mrs. Lund.", "Prof. Ito came later."]],
  ["initials and states", ["J. R. Smith of the U.S. Navy wrote it.", "He left."]],
  ["numbers", ["It cost 3.14 francs in 2.5 hours.", "Version 1.2.3 is out."]],
  ["numbered things", ["See No. 5 and Fig. 3 of Vol. 2.", "Then go on."]],
  ["no as a word", ["Is it high?", "No.", "It is low."]],
  ["Latin", ["Take a rope, e.g. Manila, i.e. hemp, cf. Chapter 2.", "Done."]],
  ["ellipses", ["He waited… and waited... in vain.", "Nobody came."]],
  ["quotations", ["“It is late.”", "She left (as always).", "He stayed!"]],
  ["several signs", ["What?!", "Really!!", "Yes."]],
  [
    "German",
    ["Am 3. Oktober kam z. B. Frau Dr. Lang, bzw. Ihr Mann.", "Vgl. Abs. 4 und Nr. 7.", "Ende."],
  ],
  ["French", ["M. Durand arrive à 8 h. 30.", "« Bonjour ! »", "Il part."]],
  ["Spanish", ["¿Viene la Sra. López?", "¡Claro!", "Llega hoy."]],
  ["Russian", ["Вода растёт, т.е. прибывает.", "Потом уходит."]],
  ["Chinese", ["潮水来了。", "你看见了吗？", "快跑！"]],
  ["Japanese", ["「来た。」", "船はまだですか？", "もう出ました。"]],
  ["Arabic", ["هل وصل المد؟", "نعم وصل."]],
  ["addresses", ["Write to a.b@example.com or see www.example.com/a.html for more.", "Thanks."]],
])("%s", (_, expected) => {
  const space = /\p{Script=Han}/u.test(expected.join("")) ? "" : " ";
  expect(sentences(expected.join(space))).toEqual(expected);
});

test("a wrapped line goes on, an empty line does not", () => {
  expect(sentences("The tide\nrises at\nnoon. It\nfalls.")).toEqual([
    "The tide\nrises at\nnoon.",
    "It\nfalls.",
  ]);
  expect(sentences("The first\n\nthe second\r\n \r\nthe third")).toEqual([
    "The first",
    "the second",
    "the third",
  ]);
  expect(sentences("Written by Dr.\n\nThe next")).toEqual(["Written by Dr.", "The next"]);
});

test("a text without sentences is one", () => {
  expect(sentenceStarts("")).toEqual([]);
  expect(sentenceStarts("   ")).toEqual([]);
  expect(sentenceStarts("tide ".repeat(100))).toEqual([]);
});
