// What people say that asks for nothing by itself: greetings, thanks, goodbyes; agreement; and the polite
// beginnings that stand before what they do ask.
import { type PhraseList, phrases, wordsIn } from "../reading.ts";

/** What answers somebody's question, or lets them go on: as much as the question asked may hang on it. */
const AGREEMENT: PhraseList = {
  en: "yes, yes please, yes do, yep, yeah, yup, ya, sure, sure thing, ok, okay, k, kk, alright, all right, fine, of course, definitely, absolutely, certainly, exactly, agreed, deal, correct, right, that s right, sounds good, sounds great, looks good, that works, that works for me, works for me, good idea, fine by me, fine with me, please, please do, please do so, do it, do that, do so, go ahead, go for it, just do it, proceed, carry on, let s do it, let s do that, let s go, make it so, i agree, i accept, i confirm, confirmed, approved, no, nope, nah, not yet, don t, no thanks, no thank you",
  de: "ja, jawohl, jo, jep, ja gerne, gerne, gern, bitte, ja bitte, klar, na klar, sicher, naturlich, genau, richtig, stimmt, ok, okay, gut, passt, einverstanden, in ordnung, alles klar, mach das, mach es, mach weiter, tu das, tu es, los, nur zu, leg los, nein, nein danke",
  fr: "oui, ouais, d accord, bien sur, volontiers, absolument, exactement, c est bon, ca marche, entendu, vas y, allez y, allons y, fais le, faites le, s il te plait, s il vous plait, je veux bien, bien, ok, non, non merci",
  es: "si, si por favor, claro, claro que si, por supuesto, vale, de acuerdo, exacto, correcto, adelante, hazlo, dale, por favor, esta bien, bien, ok, no, no gracias",
  it: "si, si grazie, certo, certamente, esatto, giusto, va bene, d accordo, procedi, fallo, vai, per favore, bene, ok, no, no grazie",
  pt: "sim, sim por favor, claro, com certeza, pode ser, pode, isso, isso mesmo, exato, de acordo, faca isso, faz isso, vai em frente, por favor, bem, ok, nao, nao obrigado, nao obrigada",
  pl: "tak, tak prosze, jasne, pewnie, oczywiscie, dobrze, dobra, zgoda, zgadza sie, w porzadku, zrob to, prosze, ok, nie, nie dziekuje",
  nl: "ja, ja graag, graag, zeker, natuurlijk, goed, oke, akkoord, doe maar, doe dat, ga je gang, alsjeblieft, nee, nee dank je",
  sv: "ja, ja tack, visst, javisst, garna, okej, gor det, nej, nej tack",
  tr: "evet, evet lutfen, tabii, tabii ki, olur, tamam, elbette, lutfen, yap, hayir",
  ru: "да, да пожалуйста, ага, угу, конечно, давай, давайте, хорошо, ладно, ок, окей, согласен, согласна, верно, точно, именно, сделай, сделай это, делай, продолжай, нет, не надо",
  uk: "так, звичайно, давай, добре, гаразд, зроби це, будь ласка, ні",
  ar: "نعم, أجل, ايوه, حسنا, حسنًا, تمام, موافق, بالتأكيد, طبعا, تفضل, من فضلك, افعل ذلك, لا",
  hi: "हाँ, हां, जी हाँ, जी हां, जी, ठीक है, ठीक, बिल्कुल, ज़रूर, जरूर, कर दो, कर दीजिए, कृपया, नहीं, haan, theek hai",
  zh: "好的, 好吧, 好啊, 好呀, 是的, 对的, 没错, 可以的, 可以, 行吧, 当然, 没问题, 同意, 就这样, 就这么办, 请继续, 做吧, 开始吧, 嗯嗯, 嗯, 不用了, 不用, 不是, 不要",
  ja: "はい, ええ, うん, そうです, そうしてください, それで, いいです, いいですよ, 大丈夫です, もちろん, お願いします, お願い, オッケー, オーケー, 了解, 進めてください, いいえ, 結構です",
  ko: "네, 넵, 예, 응, 좋아요, 좋아, 그래요, 그래, 맞아요, 물론이죠, 물론, 알겠습니다, 그렇게 해주세요, 그렇게 해 주세요, 해주세요, 해 주세요, 부탁해요, 부탁드립니다, 진행해 주세요, 아니요, 아니",
  id: "ya, iya, ya tolong, tentu, boleh, baik, oke, silakan, lakukan, tolong, tidak",
  vi: "vang, duoc, dong y, lam di, khong",
};

const SMALLTALK: PhraseList = {
  en: "hi, hii, hello, hey, heya, hiya, howdy, yo, greetings, good morning, good afternoon, good evening, good night, morning, evening, how are you doing today, how are you doing, how are you today, how are you, how s it going, how is it going, how is your day, how s your day going, how s your day, how have you been, long time no see, good to see you, that s great, that is great, thats great, much better, you are welcome, talk soon, night, gm, gn, welcome back, happy new year, happy birthday, merry christmas, what s up, whats up, sup, wassup, nice to meet you, my name is, pleased to meet you, thanks so much, thanks a lot, thanks a million, thanks again, thanks, thank you so much, thank you very much, thank you, thx, ty, tysm, cheers, much appreciated, i appreciate it, i appreciate your help, appreciate it, that helps, that helped, that was helpful, very helpful, so helpful, that s all, that is all, that s it, bye bye, bye, goodbye, see you later, see you soon, see you tomorrow, see you, see ya, cya, later, take care, talk to you later, have a nice day, have a great day, have a good day, have a good one, have a nice weekend, got it, i see, makes sense, perfect, great, awesome, cool, nice, good, excellent, wonderful, amazing, brilliant, lovely, fantastic, super, good job, well done, great job, nice work, good bot, you re the best, you are the best, you rock, you re welcome, no problem, no worries, never mind, nevermind, nvm, sorry, my bad, oops, lol, lmao, haha, hahaha, hehe, wow, hmm, hm, are you there, you there, anyone there, i m back, i m fine, i m good, test, testing, ping, there, everyone, all, again, today, so much, very much, for your help, for the help, for everything, for that, for now, it works now, it works, that worked, it worked, works now, bro, mate, buddy, friend, and, you too, then",
  de: "hallo, hi, moin, moin moin, servus, gruss gott, gruezi, guten morgen, guten tag, guten abend, gute nacht, wie geht es dir, wie geht s dir, wie geht s, wie geht es ihnen, danke schon, danke sehr, danke dir, danke, vielen dank, vielen lieben dank, besten dank, herzlichen dank, merci, bitte schon, gern geschehen, tschuss, tschau, ciao, auf wiedersehen, bis bald, bis spater, bis dann, bis morgen, schonen tag noch, einen schonen tag, schones wochenende, verstanden, super, prima, perfekt, toll, klasse, sehr gut, fur deine hilfe, fur die hilfe, fur ihre hilfe, das war s, freut mich, mein name ist, ich heisse",
  fr: "bonjour, bonsoir, salut, coucou, bonne nuit, bonne journee, bonne soiree, comment ca va, ca va, comment vas tu, comment allez vous, merci beaucoup, merci bien, mille mercis, merci, de rien, au revoir, a bientot, a plus tard, a plus, a demain, parfait, super, genial, tres bien, enchante, pour ton aide, pour votre aide, c est tout, desole, je m appelle",
  es: "hola, buenos dias, buenas tardes, buenas noches, buenas, que tal, como estas, como esta usted, como esta, como te va, muchas gracias, mil gracias, gracias, de nada, adios, hasta luego, hasta pronto, hasta manana, nos vemos, chao, chau, perfecto, genial, muy bien, entendido, encantado, por tu ayuda, por la ayuda, por su ayuda, eso es todo, por todo, me llamo",
  it: "ciao, salve, buongiorno, buon giorno, buonasera, buona sera, buonanotte, buona notte, come stai, come sta, come va, tutto bene, grazie mille, mille grazie, grazie tante, molte grazie, grazie, prego, arrivederci, a presto, a dopo, a domani, perfetto, ottimo, benissimo, capito, piacere, per l aiuto, per il tuo aiuto, buona giornata, mi chiamo",
  pt: "ola, oi, bom dia, boa tarde, boa noite, tudo bem, tudo bom, como vai, como voce esta, como esta, muito obrigado, muito obrigada, obrigado, obrigada, valeu, de nada, tchau, adeus, ate logo, ate mais, ate amanha, perfeito, otimo, legal, beleza, muito bem, entendi, prazer, pela ajuda, pela sua ajuda",
  pl: "czesc, hej, siema, witam, witaj, dzien dobry, dobry wieczor, dobranoc, jak sie masz, co slychac, jak leci, dziekuje bardzo, bardzo dziekuje, dziekuje, wielkie dzieki, dzieki, prosze bardzo, do widzenia, na razie, pa, do zobaczenia, milego dnia, super, swietnie, rozumiem, za pomoc",
  nl: "hallo, hoi, goedemorgen, goedemiddag, goedenavond, hoe gaat het, hoe gaat het met je, dank je wel, dank je, dank u wel, bedankt, heel erg bedankt, graag gedaan, tot ziens, tot straks, doei, prima",
  sv: "hej, hej hej, god morgon, god kvall, tack sa mycket, tack, hur mar du, hej da, vi ses",
  tr: "merhaba, selam, gunaydin, iyi aksamlar, iyi geceler, nasilsin, nasilsiniz, cok tesekkurler, tesekkurler, tesekkur ederim, cok tesekkur ederim, sag ol, hosca kal, gorusuruz",
  ru: "привет, приветик, здравствуйте, здравствуй, доброе утро, добрый день, добрый вечер, доброй ночи, спокойной ночи, как дела, как ты, как вы, как поживаешь, большое спасибо, спасибо большое, спасибо, благодарю, пожалуйста, не за что, пока, до свидания, до встречи, увидимся, отлично, супер, понятно, понял, поняла, ясно, за помощь, меня зовут",
  uk: "привіт, вітаю, доброго ранку, добрий день, доброго дня, добрий вечір, як справи, дуже дякую, щиро дякую, дякую, до побачення, бувай",
  ar: "مرحبا, مرحبًا, أهلا, أهلاً, اهلا وسهلا, أهلا وسهلا, السلام عليكم, وعليكم السلام, ورحمة الله وبركاته, ورحمة الله, صباح الخير, مساء الخير, تصبح على خير, كيف حالك, كيف الحال, شكرا جزيلا, شكرًا جزيلا, شكرا لك, شكرًا لك, شكرا, شكرًا, عفوا, مع السلامة, إلى اللقاء, وداعا, ممتاز, على المساعدة",
  hi: "नमस्ते, नमस्कार, हैलो, हेलो, हाय, सुप्रभात, शुभ रात्रि, शुभ संध्या, आप कैसे हैं, कैसे हो, क्या हाल है, कैसे हैं, बहुत बहुत धन्यवाद, बहुत धन्यवाद, आपका धन्यवाद, धन्यवाद, शुक्रिया, बहुत शुक्रिया, अलविदा, फिर मिलेंगे, अच्छा, बहुत अच्छा, बढ़िया, namaste, dhanyavaad, shukriya",
  zh: "你好吗, 您好, 你好, 大家好, 嗨, 哈喽, 早上好, 早安, 上午好, 下午好, 晚上好, 晚安, 最近怎么样, 非常感谢, 太感谢了, 感谢, 多谢, 谢谢你, 谢谢您, 谢谢, 謝謝, 不客气, 再见, 拜拜, 回头见, 明天见, 明白了, 知道了, 太好了, 太棒了, 你的帮助, 您的帮助",
  ja: "こんにちは, こんばんは, おはようございます, おはよう, おやすみなさい, おやすみ, はじめまして, お元気ですか, 元気ですか, 元気, どうもありがとうございます, ありがとうございました, ありがとうございます, ありがとう, どうも, 助かりました, 助かります, さようなら, またね, じゃあね, また明日, 了解しました, 了解です, わかりました, 分かりました, なるほど, すみません, お疲れ様です, お疲れ様でした, よろしくお願いします",
  ko: "안녕하세요, 안녕히 계세요, 안녕히 가세요, 안녕, 좋은 아침이에요, 좋은 아침, 좋은 저녁, 잘 자요, 잘 지내세요, 잘 지내, 잘 지냈어요, 반갑습니다, 반가워요, 정말 감사합니다, 감사합니다, 감사해요, 고맙습니다, 고마워요, 고마워, 수고하세요, 수고하셨습니다, 알겠어요, 오늘, 도와주셔서, 정말",
  id: "halo, hai, selamat pagi, selamat siang, selamat malam, apa kabar, terima kasih banyak, terima kasih, makasih, sama sama, sampai jumpa",
  vi: "xin chao, chao ban, cam on ban, cam on, tam biet",
};

const AGREES = phrases(AGREEMENT);
/** Both, so that of two that begin alike the longer is found: "no worries" is no "no". */
const EITHER = phrases(
  Object.fromEntries(
    [SMALLTALK, AGREEMENT].flatMap((list, at) =>
      Object.entries(list).map(([language, words]) => [`${language}${at}`, words]),
    ),
  ),
);
/** Of one character, and within many words: agreement only alone. */
const ALONE = /^[好行对是可要嗯]$/u;

/** Longer than that, somebody says something. */
const MOST_WORDS = 14;
/** Verbs that alone make a request of a greeting: "ok, continue". */
const ASKS =
  /^(?:help|continue|go|explain|why|how|what|who|when|where|which|more|again|next|retry|stop|write|translate|summar|fix|show|list|tell|hilfe|weiter|erkl|warum|continu|aide|pourquoi|sigue|ayuda|explica|perche|continua|aiuto|ajuda|pomoc|dalej|почему|помо|продолж|дальше)/u;

/**
 * Whether a text is nothing but small talk, or such with a yes, a no or a "go ahead" in it; and perhaps
 * a name.
 */
export function saidAside(folded: string): "smalltalk" | "agreement" | null {
  const words = wordsIn(folded);
  const [first = ""] = words;
  if (words.length === 1 && ALONE.test(first)) return "agreement";
  if (words.length === 0 || words.length > MOST_WORDS) return null;
  const found = folded.match(EITHER) ?? [];
  if (found.length === 0) return null;
  const left = wordsIn(folded.replaceAll(EITHER, ""));
  const [only = ""] = left;
  const isName = only.length <= 12 && /^\p{L}+$/u.test(only) && !ASKS.test(only);
  if (left.length > 1 || (left.length === 1 && !isName)) return null;
  const agrees = found.some((phrase) => `${phrase} `.replaceAll(AGREES, "").trim() === "");
  return agrees ? "agreement" : "smalltalk";
}

const POLITE = phrases({
  en: "^i was wondering if you could tell me, ^i was wondering, ^i wonder, ^any idea, ^do you happen to know, ^hi there, ^hi, ^hello, ^hey, ^ok, ^okay, ^so, ^and, ^also, ^please, ^pls, ^thanks, ^can you please, ^could you please, ^would you please, ^can you, ^could you, ^would you, ^will you, ^can u, ^i want you to, ^i need you to, ^i d like you to, ^i would like you to, ^i need to know, ^i want to know, ^i d like to know, ^tell me, ^give me, ^let me know, ^do you know, ^quick question, ^i have a question, ^kindly, ^just, ^help me, ^now, ^one more thing, ^by the way, ^btw, ^remind me, ^good morning, ^sorry",
  de: "^hallo, ^hi, ^bitte, ^kannst du mir bitte, ^kannst du mir, ^kannst du bitte, ^kannst du, ^konnen sie mir bitte, ^konnen sie mir, ^konnen sie bitte, ^konnen sie, ^konntest du, ^konnten sie, ^sag mir, ^sagen sie mir, ^weisst du, ^ich mochte wissen, ^und, ^mal, ^guten tag",
  fr: "^bonjour, ^salut, ^s il te plait, ^s il vous plait, ^peux tu me dire, ^peux tu, ^pouvez vous me dire, ^pouvez vous, ^pourriez vous, ^pourrais tu, ^dis moi, ^dites moi, ^est ce que tu sais, ^sais tu, ^et",
  es: "^hola, ^por favor, ^puedes decirme, ^puedes, ^puede, ^podrias decirme, ^podrias, ^me puedes decir, ^me puedes, ^dime, ^sabes, ^y, ^oye, ^buenos dias",
  it: "^ciao, ^per favore, ^puoi dirmi, ^puoi, ^potresti, ^mi puoi dire, ^mi puoi, ^dimmi, ^sai, ^e, ^salve, ^buongiorno",
  pt: "^ola, ^oi, ^por favor, ^pode me dizer, ^voce pode, ^pode, ^poderia, ^me diga, ^me diz, ^diga me, ^voce sabe, ^e, ^bom dia",
  pl: "^czesc, ^hej, ^prosze, ^czy mozesz, ^mozesz, ^powiedz mi, ^powiedz, ^dzien dobry",
  ru: "^привет, ^здравствуйте, ^пожалуйста, ^можешь, ^можете, ^не могли бы вы, ^скажи мне, ^скажи, ^скажите пожалуйста, ^скажите, ^подскажи, ^подскажите пожалуйста, ^подскажите, ^а, ^и",
  ar: "^مرحبا, ^من فضلك, ^هل يمكنك, ^أخبرني",
  hi: "^नमस्ते, ^कृपया, ^मुझे बताओ, ^मुझे बताइए, ^बताओ",
});

/** The folded text without the polite beginnings of its sentences. */
export function withoutPoliteness(folded: string): string {
  let plain = folded;
  for (let pass = 0; pass < 3; pass++) {
    const next = plain.replaceAll(POLITE, "").replaceAll(/ {2,}/g, " ");
    if (next === plain) break;
    plain = next;
  }
  return plain;
}
