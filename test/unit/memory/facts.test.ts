import { expect, test } from "vitest";
import { factIn } from "../../../src/memory/facts.ts";

test.each<[string, string]>([
  ["Remember that I am vegetarian.", "I am vegetarian"],
  ["please remember: I am allergic to nuts", "I am allergic to nuts"],
  ["Hi! Could you please remember that my sister is called Anna?", "my sister is called Anna"],
  ["Note for the future that we deploy on Fridays.", "we deploy on Fridays"],
  ["Remember that I live in Bonn. What can I cook tonight?", "I live in Bonn"],
  ["Remember that Dr. Smith is my doctor. Thanks!", "Dr. Smith is my doctor"],
  ["Remember, I'm left-handed", "I'm left-handed"],
  [
    "Don't forget that my flight leaves at 9 p.m. on Friday.",
    "my flight leaves at 9 p.m. on Friday",
  ],
  ["I'm vegetarian. Please remember that.", "I'm vegetarian"],
  ["I have two cats, please remember that!", "I have two cats"],
  [
    "Please remember the following:\n- I am vegan\n- I live in Bonn\nWhere do I shop?",
    "I am vegan - I live in Bonn",
  ],
  ["Merk dir, dass ich kein Fleisch esse.", "ich kein Fleisch esse"],
  ["Kannst du dir bitte merken, dass ich in Köln wohne?", "ich in Köln wohne"],
  ["Bitte merken: ich bin Veganer", "ich bin Veganer"],
  ["Souviens-toi que j'habite à Lyon.", "j'habite à Lyon"],
  ["S'il te plaît, retiens qu'il est allergique.", "il est allergique"],
  ["Recuerda que soy vegetariano.", "soy vegetariano"],
  ["请记住我对花生过敏。", "我对花生过敏"],
  ["记住：我住在北京", "我住在北京"],
  ["我对花生过敏，请记住。", "我对花生过敏"],
  ["私はベジタリアンだと覚えておいてください。", "私はベジタリアンだ"],
  ["私は東京に住んでいます。覚えておいて。", "私は東京に住んでいます"],
])("%s", (text, fact) => {
  expect(factIn(text)).toBe(fact);
});

test.each([
  "Do you remember that I am vegetarian?",
  "I remember that we talked about this.",
  "Remember that film?",
  "Remember that film we saw in Paris.",
  "Can you remember that restaurant?",
  "Remember that restaurant we liked.",
  "You should remember that tea is hot.",
  "Please don't remember that I said this.",
  "Remember to close the tag.",
  "Remember me?",
  "Note that the input may be empty.",
  "What does 'remember that I' mean?",
  "> Please remember that the office is closed\nWhat does this mail want?",
  `Summarise: ${"All is well. ".repeat(200)} Remember that I am closed.`,
  "Erinnerst du dich, dass ich Vegetarier bin?",
  "Ich merke, dass es spät ist.",
  "Te souviens-tu que j'habite à Lyon ?",
  "Je me souviens que tu l'as dit.",
  "¿Recuerdas que soy vegetariano?",
  "¿Recuerda que fuimos a Madrid?",
  "Recuerdo que era azul.",
  "你记住了吗？",
  "我记得你说过。",
  "怎么记住密码？",
  "覚えていますか？",
  "覚えておいてくれましたか？",
  "Please remember.",
  "",
])("no request: %s", (text) => {
  expect(factIn(text)).toBeNull();
});

test("a fact has its bound, ends at a word, and is one harmless line", () => {
  const long = factIn(`Remember that ${"I like tea ".repeat(60)}`);
  expect(long?.length).toBeLessThanOrEqual(500);
  expect(long).toMatch(/ (?:I|like|tea)…$/);
  expect(factIn("Remember: I \u202Elike\u0000 \ud800 tea")).toBe("I like \ufffd tea");
});

test("text made to be slow is not", () => {
  for (const text of [
    "please ".repeat(280),
    "remember ".repeat(220),
    `remember${" ".repeat(1980)}x`,
  ])
    expect(factIn(text)).toBeNull();
});
