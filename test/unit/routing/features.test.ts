// What is told of a message before a model has read it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { features } from "./asked.ts";

test.each([
  ["en", "Hi there!", "Thanks a lot, that helped"],
  ["de", "Guten Morgen, wie geht's?", "Vielen Dank für deine Hilfe"],
  ["fr", "Bonjour, ça va ?", "Merci beaucoup !"],
  ["es", "¡Hola! ¿Qué tal?", "Muchas gracias"],
  ["it", "Buongiorno, come stai?", "Grazie mille"],
  ["pt", "Olá, tudo bem?", "Muito obrigada!"],
  ["pl", "Cześć, co słychać?", "Dziękuję bardzo"],
  ["ru", "Привет, как дела?", "Спасибо большое"],
  ["ar", "السلام عليكم", "شكرا جزيلا"],
  ["hi", "नमस्ते, आप कैसे हैं?", "बहुत धन्यवाद"],
  ["zh", "你好！", "谢谢你"],
  ["ja", "こんにちは", "ありがとうございます"],
  ["ko", "안녕하세요", "감사합니다"],
])("greetings and thanks are small talk: %s", (_, greeting, thanks) => {
  expect(features(greeting).smalltalk).toBe(true);
  expect(features(thanks).smalltalk).toBe(true);
});

test.each([
  ["en", "What is the capital of Australia?"],
  ["de", "Wie hoch ist die Zugspitze?"],
  ["fr", "Quelle est la capitale du Canada ?"],
  ["es", "¿Quién pintó Las Meninas?"],
  ["it", "Quanti abitanti ha Roma?"],
  ["pt", "Qual é a moeda do Japão?"],
  ["pl", "Ile lat ma Ziemia?"],
  ["ru", "Сколько планет в Солнечной системе?"],
  ["ar", "ما هي عاصمة مصر؟"],
  ["hi", "भारत की राजधानी क्या है?"],
  ["zh", "法国的首都是什么？"],
  ["ja", "富士山の高さは？"],
  ["ko", "한국의 수도는 어디인가요?"],
])("a short question for a fact is a lookup: %s", (_, question) => {
  expect(features(question).lookup).toBe(true);
});

test.each([
  ["en", "What is the best way to learn the piano?"],
  ["de", "Was ist der Unterschied zwischen GmbH und AG?"],
  ["fr", "Quelle est la différence entre un virus et une bactérie ?"],
  ["es", "¿Cuál es la mejor dieta?"],
  ["pl", "Jaka jest różnica między A i B?"],
  ["ru", "В чём разница между А и Б? Что лучше?"],
  ["zh", "最好的学习方法是什么？"],
  ["ko", "A와 B의 차이는 무엇인가요?"],
])("a question that begins like one but wants a view is none: %s", (_, question) => {
  expect(features(question).lookup).toBe(false);
});

test("what is asked politely is asked", () => {
  expect(features("Hi! Could you please tell me who wrote Faust?").lookup).toBe(true);
  expect(features("Hallo, kannst du mir sagen: wie alt ist die Erde?").lookup).toBe(true);
});

test("agreement is told from greetings and thanks, and longer phrases from what they begin with", () => {
  for (const text of ["ok, thanks", "Yes!", "Ja, bitte", "oui", "好的", "no"])
    expect.soft(features(text), text).toMatchObject({ agreement: true, smalltalk: false });
  for (const text of [
    "No worries",
    "You are welcome",
    "Muy bien, gracias",
    "好人",
    "Perfect!",
    "你好",
  ])
    expect.soft(features(text).agreement, text).toBe(false);
});

test("thanks with a request behind them are no small talk", () => {
  expect(features("Thanks, but it still fails when the list is empty").smalltalk).toBe(false);
  expect(features("ok, continue").smalltalk).toBe(false);
  expect(features("Hi, help").smalltalk).toBe(false);
  expect(features("").smalltalk).toBe(false);
});

test.each([
  "What is the dress code for the gala on Friday evening?",
  "Which area code does the city of Boston in Massachusetts have?",
  "Our code of conduct says that everybody is to be polite to each other.",
  "He wrote (in May) that the python in the zoo is ill; everybody was sad.",
  "I have a class on Monday; the function of the liver was the last topic.",
  "Dear team,\nwe meet at noon;\nbring cake.",
])("code that is only spoken of is none: %s", (text) => {
  expect(features(text)).toMatchObject({ code: 0, programming: false });
});

test.each([
  ["a fence", "Why?\n```js\nfoo\n```"],
  ["Python's trace", 'Traceback (most recent call last):\n  File "a.py", line 3\nKeyError: 1'],
  ["JavaScript's trace", "TypeError: x is not a function\n    at run (/app/a.js:3:5)"],
  ["Java's trace", 'Exception in thread "main"\n    at com.acme.Main.run(Main.java:12)'],
  ["a declaration", "def total(items):\n    return sum(items)"],
  ["C", "#include <stdio.h>\nint main(void) { return 0; }"],
  ["Rust", "fn main() {\n    println!(1);\n}"],
  ["SQL", "SELECT name FROM users WHERE id = 3"],
  ["SQL in small letters", "select a from b where c = 1"],
  ["a shell", "$ git rebase --onto main topic"],
  ["HTML", '<div class="card"><span>Hi</span></div>'],
  ["CSS", ".card { color: red; }"],
  ["JSON", '{"name": "Ada", "age": 36}'],
])("code is seen as it is written: %s", (_, text) => {
  expect(features(text).code).toBeGreaterThanOrEqual(2);
});

test.each([
  "Write a Python function that merges two sorted lists.",
  "Schreibe ein Skript, das alle Bilder verkleinert.",
  "Écris une fonction qui trie une liste.",
  "Escribe un script que borre los duplicados.",
  "Напиши функцию, которая сортирует список.",
  "写一个函数，合并两个有序数组。",
  "リストを並べ替える関数を書いて",
])("a program is asked for: %s", (text) => {
  expect(features(text).programming).toBe(true);
});

test.each([
  ["17 * 23", 2],
  ["What is 15% of 240?", 2],
  ["A pen costs $3 and a book $12. How much are 4 pens and 2 books?", 4],
  ["Wie viel kosten 3 Äpfel zu je 2 Euro?", 2],
])("quantities to reckon with are counted: %s", (text, least) => {
  expect(features(text).arithmetic).toBeGreaterThanOrEqual(least);
});

test.each([
  "Call me at +49 30 1234567 or 555-0100.",
  "The meeting on 2026-11-26 moves to 12/03/2026.",
  "Version 3.11.2 replaced 3.10.4 in 2023.",
  "Who won the world cup in 1998 and 2006?",
  "Let us meet at 9:30.",
])("numbers that only name something are not: %s", (text) => {
  expect(features(text).arithmetic).toBe(0);
});

test.each([
  "Prove the theorem step by step.",
  "Beweise den Satz Schritt für Schritt.",
  "Démontre le théorème étape par étape.",
  "Demuestra el teorema paso a paso.",
  "Dimostra il teorema passo dopo passo.",
  "Demonstre o teorema passo a passo.",
  "Udowodnij twierdzenie krok po kroku.",
  "Докажи теорему шаг за шагом.",
  "逐步证明这个定理。",
  "この定理を段階的に証明してください。",
  "이 정리를 단계별로 증명해 주세요.",
])("words of hard thinking count: %s", (text) => {
  expect(features(text).reasoning).toBeGreaterThanOrEqual(3);
});

test("what is to be quick is weighed less", () => {
  const long = "Compare the trade-offs of these two designs for our team";
  expect(features(`${long}, briefly, in one sentence.`).reasoning).toBeLessThan(
    features(`${long}.`).reasoning,
  );
  expect(features("Compare cats and dogs").reasoning).toBe(0);
});

test("a text that only a line is wanted of asks nothing itself", () => {
  const mail = "We must prove the theorem, derive the strategy and analyse the risk. ".repeat(40);
  const asked = features(`Suggest a subject line for this email:\n\n${mail}`);
  expect(asked).toMatchObject({ label: true, reasoning: 0, programming: false });
  expect(features(`${mail}\n\nIs this email positive or negative?`).label).toBe(true);
});

test("conditions, points and questions are counted", () => {
  const text =
    "Plan a trip. It must cost at most 500 euros:\n- no flights\n- without museums\n- with a dog";
  expect(features(text).constraints).toBeGreaterThanOrEqual(5);
  expect(features("Who was he? Where did he live? When did he die?").tasks).toBe(3);
  expect(features("Find a flight, then book it, and finally tell my team").tasks).toBe(3);
  expect(features("1) Translate it 2) Shorten it 3) Give it a title 4) Count it").tasks).toBe(4);
});

test("mathematics, tables and scripts are seen", () => {
  expect(features("Solve $\\frac{x}{2} = 3$").mathematics).toBe(true);
  expect(features("What is the integral of x^2?").mathematics).toBe(true);
  expect(features("I paid $5 and then $7.").mathematics).toBe(false);
  expect(features("| a | b |\n| --- | --- |\n| 1 | 2 |").table_rows).toBe(3);
  expect(features("What does Здравствуйте mean?").languages).toBe(2);
  expect(features("東京の天気はどうですか").languages).toBe(1);
});

test("a long text's tokens and words are estimated from what is read of it", () => {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(2000);
  const { tokens, words } = features(text);
  expect(Math.abs(words / 18_000 - 1)).toBeLessThan(0.1);
  expect(Math.abs(tokens / 20_000 - 1)).toBeLessThan(0.1);
});

test("no text makes it throw, and the same text is told the same", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const told = features(text);
      expect(features(text)).toEqual(told);
      for (const value of Object.values(told))
        expect(typeof value === "boolean" || value >= 0).toBe(true);
    }),
    { numRuns: 300 },
  );
  for (const text of ["\ud800", "\udc00x\ud800", "a".repeat(1000) + "\ud83d"])
    expect(() => features(text)).not.toThrow();
});
