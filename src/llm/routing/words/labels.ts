// Requests for a small thing out of a text, or about it: a label, a heading, its language, its
// mistakes. The text may be long; the answer is not.
import { has, phrases } from "../reading.ts";

const LABELS = phrases({
  en: "what language is, which language is, in what language, in which language, detect the language, identify the language, language of this, language of the, sentiment, positive or negative, positive negative or neutral, is it positive, is this positive, is this review, is this message, is this email, is this comment, is this spam, spam or not, spam or ham, classify, categorise, categorize, label this, label the, tag this, which category, what category, which topic, what topic, which department, subject line, a title for, title for, a headline, headline for, suggest a title, yes or no, true or false, one word, single word, in a word, extract the, extract all, extract every, pull out the, list the names, list all names, find the email, find the date, how many words, how many times, count the, word count, fix the typos, fix typos, fix the spelling, correct the spelling, correct the typos, spell check, spellcheck, proofread, fix the grammar, correct the grammar, correct the mistake*, capitalise, capitalize, uppercase, lowercase, alphabetise, alphabetize, sort these, sort this list, sort alphabetically, remove duplicates, answer only, output only, return only, respond only, reply only, just reply, reply with one, answer with one, respond with one, just say, just give me the, only need the, only want the, i just need, just need the, i only need, from this text, from the text, from this email, mentioned in, does this mention, is the author, intent of, toxic, toxicity, tag the, hashtag*, out of five, rate this, rate the, stars would, sarcastic, is it a question or, which word, spam, punctuation, past tense, plural of, answer with only, reply with only, respond with only, only answer, only reply, just answer, what tone, is the tone, who wrote this, what is the name of, which of these, urgent or not, true false",
  de: "welche sprache, in welcher sprache, sprache erkennen, stimmung, positiv oder negativ, ist das spam, klassifizier*, kategorisier*, ordne ein, betreffzeile, betreff, uberschrift, titel fur, ja oder nein, ein wort, einem wort, extrahier*, wie viele worter, rechtschreibung, tippfehler, korrigier*, sortier*, antworte nur",
  fr: "quelle langue, en quelle langue, sentiment, positif ou negatif, est ce un spam, classe ce, classifie, categorise, objet du mail, ligne d objet, un titre, titre pour, oui ou non, un mot, un seul mot, extrais, extraire, combien de mots, orthographe, fautes, corrige*, trie",
  es: "que idioma, en que idioma, sentimiento, positivo o negativo, es spam, clasifica*, categoriza, asunto, un titulo, titulo para, si o no, una palabra, sola palabra, extrae*, cuantas palabras, ortografia, corrige*, ordena",
  it: "che lingua, in che lingua, quale lingua, sentiment, positivo o negativo, e spam, classifica*, oggetto dell, oggetto per, un titolo, titolo per, si o no, una parola, sola parola, estrai, quante parole, ortografia, corregg*, ordina",
  pt: "que idioma, em que idioma, qual idioma, qual lingua, sentimento, positivo ou negativo, e spam, classifi*, assunto, um titulo, titulo para, sim ou nao, uma palavra, so palavra, extrai*, quantas palavras, ortografia, corrij*, corrig*, ordene",
  pl: "jaki jezyk, jakim jezyku, w jakim jezyku, sentyment, pozytywn*, czy to spam, sklasyfikuj, skategoryzuj, temat maila, temat wiadomosci, tytul dla, tak lub nie, tak czy nie, jednym slowem, jedno slowo, wyodrebnij, wypisz, ile slow, ortografi*, popraw, posortuj",
  ru: "какой язык, на каком языке, тональность, настроение, положительн*, это спам, классифицир*, категори*, тему письма, тема письма, заголовок, да или нет, одним словом, одно слово, извлеки*, выпиши*, сколько слов, орфограф*, опечатк*, исправь*, отсортируй",
  ar: "ما لغة, بأي لغة, ما هي لغة, المشاعر, إيجابي أم سلبي, إيجابي أو سلبي, صنف, عنوان, نعم أم لا, نعم أو لا, كلمة واحدة, استخرج, كم كلمة, الأخطاء, صحح",
  hi: "किस भाषा, कौन सी भाषा, भावना, सकारात्मक या नकारात्मक, वर्गीकृत, शीर्षक, हाँ या नहीं, एक शब्द, निकालो, निकालिए, कितने शब्द, वर्तनी, गलतियाँ",
  zh: "什么语言, 哪种语言, 情感, 情绪, 正面还是负面, 积极还是消极, 垃圾邮件, 分类, 归类, 标题, 主题行, 是或否, 是还是不是, 一个词, 提取, 抽取, 多少字, 错别字, 改正, 纠正, 只回答, 排序",
  ja: "何語, どの言語, 感情, ポジティブかネガティブ, 肯定的か否定的, スパム, 分類, 件名, タイトル, 見出し, はいかいいえ, 一言で, 一語で, 抽出, 何文字, 誤字, 脱字, 直して, 訂正, 並べ替え",
  ko: "어떤 언어, 무슨 언어, 감정, 긍정, 부정, 스팸, 분류, 제목, 예 또는 아니, 한 단어, 한 마디, 추출, 몇 글자, 맞춤법, 오타, 고쳐, 정렬",
  tr: "hangi dil*, duygu, olumlu mu, siniflandir, baslik, evet veya hayir, tek kelime",
});

const TRANSLATION = phrases({
  en: "^translate, ^translation, translate this, translate the, translate it, translate into, translate to, into german, into french, into spanish, into italian, into english, into japanese, into chinese, in german, in french, in spanish, in italian, in japanese, in chinese, in korean, in portuguese, in russian, in arabic, in polish, in hindi",
  de: "ubersetz*, auf englisch, auf deutsch, auf franzosisch, auf spanisch, ins deutsche, ins englische",
  fr: "traduis*, traduire, traduction, en anglais, en francais, en allemand, en espagnol",
  es: "traduc*, traduz*, al ingles, en ingles, al espanol, al frances",
  it: "traduci, traduzione, tradurre, in inglese, in italiano",
  pt: "traduz*, traducao, em ingles, para o ingles, para ingles, para o portugues",
  pl: "przetlumacz*, tlumaczenie, po angielsku, na angielski, na polski",
  ru: "перевед*, перевод*, по английски, на английский, на русский",
  ar: "ترجم, ترجمة, بالإنجليزية, إلى الإنجليزية, بالعربية",
  hi: "अनुवाद, अंग्रेजी में, अंग्रेज़ी में, हिंदी में",
  zh: "翻译, 用英语, 英文怎么说, 译成",
  ja: "翻訳, 英語で, 英訳, 和訳, 日本語に",
  ko: "번역, 영어로, 한국어로",
});

export const wantsLabel = (plain: string): boolean => has(LABELS, plain);
export const wantsTranslation = (plain: string): boolean => has(TRANSLATION, plain);

/** The sentences that ask for a label or a translation, without the text that it is of. */
export const withoutPasted = (plain: string): string =>
  ` . ${plain
    .split(" . ")
    .map((sentence) => ` . ${sentence} . `)
    .filter((sentence) => has(LABELS, sentence) || has(TRANSLATION, sentence))
    .join("")} . `;
