// What a message asks of the memories: its content words, as a query of FTS5. Whatever somebody writes,
// none of it is syntax there.
import { withBigrams } from "../store/bigrams.ts";

/** UTF-16 units of a message that are looked at: as many at its beginning, and at its end. */
const END = 500;
const MOST_TERMS = 256;

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** An ideograph between others that are none: a word of one character, which no pair stands for. */
const LONE_IDEOGRAPH = /(?<!\p{Script=Han})\p{Script=Han}(?!\p{Script=Han})/gu;

/** Words that are in everything and about nothing, in the languages most spoken to a chatbot. */
const STOP_WORDS = new Set(
  `
  a about all am an and any are as at be been but by can could d did do does for from had has have he her
  him his how i if in into is it its just know ll m may me might mine my no not of on or our please re s
  shall she should so some t tell than that the their them then there these they this those to us ve was
  we were what when where which who whom whose why will with would yes you your
  aber als am an auch auf aus bei bin bis bist da das dass dein deine dem den der des die dir doch du ein
  eine einem einen einer er es für hab habe haben hast hat ich ihr im in ist ja kann kannst man mein meine
  meinem meinen meiner mich mir mit nicht noch nur oder sich sie sind so und uns von war warum was welche
  welchen welcher wem wen wenn wer wie wir wo zu zum zur
  ai au aux avec ce ces c cette comment dans de des du elle en es est et eu il ils j je l la le les leur
  lui ma mais me mes moi mon n ne nous on ou où par pas pour pourquoi qu quand que quel quelle quelles
  quels qui sa se ses son sont suis sur ta te tes toi ton tu un une vous y à
  al como con cual cuál cuando cuándo de del dónde donde el ella en es esta este estoy fue ha he la las lo
  los mi mis muy no nos o para pero por porque qué que quien quién se sin son soy su sus tu tus un una y yo
  al che chi ci come con cosa da dei del della di dove e gli ho il io ma mi mia mie miei mio non per più
  perché quale quando sono ti tu una uno
  ao às com da das dos ela ele em eu isso meu minha meus minhas na não nas nos num os ou quais qual quem
  são seu sua um uma você
  что как где когда кто почему это не на по из за для мой моя мои моё мне меня я ты он она мы вы они у в и
  с о а но ли бы же
  ما من في على إلى عن هل هو هي أنا أنت هذا هذه لي متى أين كيف لماذا
  我 你 他 她 的 是 了 吗 私 僕 俺 何 我的 你的 什么 什麼 怎么 怎麼 是什 我们 你们 这个 那个 一个 可以
  です ます した して いる ある ない から こと もの この その あの どの なに なん たい ださ って あな なた
  私の 私は 僕の 僕は 何で 何が 나는 나의 내가 저는 제가 무엇 뭐야 니까 습니 입니 합니
  `
    .trim()
    .split(/\s+/),
);

/** Any of the content words; null where there are none: a greeting, punctuation, emoji. */
export function anyOf(message: string): string | null {
  const text = (
    message.length <= 2 * END ? message : `${message.slice(0, END)} ${message.slice(-END)}`
  ).normalize("NFKC");
  const words = (withBigrams(text).match(WORD) ?? []).filter(isContent);
  const lone = (text.match(LONE_IDEOGRAPH) ?? []).filter(isContent);
  const terms = new Set([...words.map((word) => `"${word}"`), ...lone.map((word) => `"${word}"*`)]);
  return terms.size === 0 ? null : [...terms].slice(0, MOST_TERMS).join(" OR ");
}

function isContent(word: string): boolean {
  return !STOP_WORDS.has(word.toLowerCase());
}
