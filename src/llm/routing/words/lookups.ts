// Questions whose answer is a fact, a word or a known procedure, not a text; and what makes a question
// that begins like one a wider one.
import { has, phrases } from "../reading.ts";

const FACTS = phrases({
  en: "^what is, ^what s, ^whats, ^what are, ^what was, ^what were, ^what does, ^what do you call, ^what year, ^what day, ^what time, ^what color, ^what colour, ^what country, ^what city, ^what currency, ^what language, ^what the, ^who is, ^who s, ^who was, ^who were, ^who wrote, ^who invented, ^who discovered, ^who painted, ^who won, ^who made, ^who directed, ^who founded, ^who plays, ^who played, ^when is, ^when was, ^when did, ^when does, ^when do, ^when are, ^where is, ^where s, ^where was, ^where are, ^where can i, ^where do, ^where does, ^which country, ^which city, ^which planet, ^which year, ^which day, ^which is the, ^which element, ^how many, ^how much, ^how old, ^how tall, ^how far, ^how long, ^how high, ^how big, ^how deep, ^how fast, ^how heavy, ^how often, ^how do you say, ^how do you spell, ^how to say, ^how to spell, ^how is it spelled, ^is, ^are, ^was, ^were, ^does, ^do, ^did, ^has, ^can i, ^can a, ^in what year, ^what, ^which, ^who, ^when, ^where, ^who are, ^how s, ^height of, ^age of, ^price of, ^currency of, ^distance, ^population, ^boiling point, ^weather, ^past tense, ^list the, ^how do you pronounce, ^convert, ^days in, ^time in, ^in which, ^on which, ^at what, ^define, ^spell, ^name the, ^name a, ^convert, ^synonym*, ^another word for, ^antonym*, ^opposite of, ^plural of, ^meaning of, ^definition of, ^translate, ^capital of, ^population of, ^abbreviation, ^tell a joke, ^a joke, ^a random, ^a fun fact, ^flip a coin, ^roll a die, ^pick a number",
  de: "^wer, ^wann, ^wo, ^welche, ^welcher, ^welches, ^welchen, ^was ist, ^was sind, ^was war, ^was bedeutet, ^was heisst, ^was kostet, ^wer ist, ^wer war, ^wer hat, ^wer schrieb, ^wer erfand, ^wann ist, ^wann war, ^wann wurde, ^wann hat, ^wann beginnt, ^wann endet, ^wann starb, ^wo ist, ^wo liegt, ^wo finde ich, ^wo kann ich, ^wie heisst, ^wie viel, ^wie viele, ^wieviel, ^wieviele, ^wie alt, ^wie hoch, ^wie gross, ^wie weit, ^wie lange, ^wie lang, ^wie schwer, ^wie spat, ^wie sagt man, ^wie schreibt man, ^wie lautet, ^welche stadt, ^welches land, ^welcher tag, ^welches jahr, ^in welchem jahr, ^ist, ^sind, ^hat, ^gibt es, ^kann ich, ^hauptstadt von, ^ubersetze, ^synonym*, ^nenne die, ^definiere",
  fr: "^qui, ^quand, ^ou, ^quel, ^quelle, ^quels, ^quelles, ^quelle est, ^quel est, ^quels sont, ^quelles sont, ^quelle heure, ^quel jour, ^quelle annee, ^qu est ce que, ^qu est ce qu, ^c est quoi, ^que veut dire, ^que signifie, ^qui est, ^qui a, ^qui etait, ^quand est, ^quand a, ^quand le, ^quand la, ^en quelle annee, ^ou est, ^ou se trouve, ^ou puis je, ^combien, ^comment dit on, ^comment s appelle, ^comment s ecrit, ^est ce que, ^traduis, ^traduisez, ^definis, ^synonyme*, ^capitale de",
  es: "^quien, ^quienes, ^cuando, ^donde, ^cual, ^cuales, ^que, ^cual es, ^cuales son, ^que es, ^que son, ^que significa, ^que hora, ^que dia, ^quien es, ^quien fue, ^quien escribio, ^quien invento, ^quien pinto, ^cuando es, ^cuando fue, ^cuando se, ^cuando murio, ^en que ano, ^en que pais, ^donde esta, ^donde queda, ^donde puedo, ^cuanto, ^cuantos, ^cuanta, ^cuantas, ^como se dice, ^como se escribe, ^como se llama, ^es, ^traduce, ^define, ^sinonimo*, ^capital de",
  it: "^chi, ^quando, ^dove, ^quale, ^quali, ^che, ^cosa, ^qual e, ^quali sono, ^che cos e, ^cos e, ^cosa e, ^che cosa significa, ^cosa significa, ^che ore, ^che giorno, ^chi e, ^chi ha, ^chi era, ^quando e, ^quando fu, ^in che anno, ^dove si trova, ^dov e, ^dove posso, ^quanto, ^quanti, ^quanta, ^quante, ^come si dice, ^come si scrive, ^come si chiama, ^traduci, ^definisci, ^sinonim*, ^capitale",
  pt: "^quem, ^quando, ^onde, ^qual, ^quais, ^qual e, ^quais sao, ^o que e, ^o que sao, ^o que significa, ^que horas, ^que dia, ^quem e, ^quem foi, ^quem escreveu, ^quem inventou, ^quem pintou, ^quando e, ^quando foi, ^em que ano, ^onde fica, ^onde esta, ^onde posso, ^quanto, ^quantos, ^quanta, ^quantas, ^como se diz, ^como se escreve, ^como se chama, ^traduza, ^traduz, ^defina, ^sinonimo*, ^capital d*",
  pl: "^kto, ^kiedy, ^gdzie, ^jaki, ^jaka, ^jakie, ^ktory, ^ktora, ^ktore, ^co, ^jaka jest, ^jaki jest, ^jakie jest, ^jakie sa, ^co to jest, ^co to, ^co oznacza, ^co znaczy, ^kto jest, ^kto to, ^kto napisal, ^kto wynalazl, ^kto namalowal, ^kiedy jest, ^kiedy byl*, ^kiedy zmarl, ^w ktorym roku, ^gdzie jest, ^gdzie lezy, ^gdzie moge, ^gdzie znajde, ^ile, ^ktora godzina, ^jak sie nazywa, ^jak powiedziec, ^jak sie pisze, ^jak sie mowi, ^przetlumacz, ^zdefiniuj, ^synonim*, ^stolica",
  nl: "^wat is, ^wat betekent, ^wie is, ^wanneer is, ^waar is, ^hoeveel, ^hoe laat, ^vertaal",
  sv: "^vad ar, ^vem ar, ^nar ar, ^var ligger, ^hur manga, ^oversatt",
  tr: "nedir, kimdir, kac, nerede, ne zaman, ne demek, neresi, ^cevir",
  ru: "^какая столица, ^какой, ^какая, ^какое, ^каков*, ^что, ^какие, ^что такое, ^что значит, ^что означает, ^кто такой, ^кто такая, ^кто написал, ^кто изобрел, ^кто был, ^кто, ^когда, ^в каком году, ^где находится, ^где, ^сколько, ^который час, ^как называется, ^как сказать, ^как пишется, ^как будет, ^переведи, ^переведите, ^назови, ^синоним*, ^столица",
  uk: "^яка столиця, ^що таке, ^хто, ^коли, ^де, ^скільки, ^переклади",
  ar: "^ما هي, ^ما هو, ^ما معنى, ^ما, ^من هو, ^من هي, ^من كتب, ^من اخترع, ^من, ^متى, ^أين, ^اين, ^كم, ^في أي, ^ترجم, ^هل",
  hi: "क्या है, क्या होता है, कौन है, कौन था, किसने, कब हुआ, कब है, कहाँ है, कहां है, कितना, कितने, कितनी, का मतलब, की राजधानी, अनुवाद",
  zh: "是什么, 是谁, 在哪里, 在哪儿, 哪里, 多少, 几点, 几个, 什么时候, 哪一年, 哪年, 什么意思, 怎么说, 怎么写, 首都, 多大, 多高, 多远, 多长, 翻译成, 的意思, 谁写, 谁发明, 哪个国家",
  ja: "は何ですか, とは何, 何ですか, って何, は誰, 誰ですか, 誰が, はどこ, どこですか, いつですか, いつ, いくつ, いくら, 何人, 何年, 何時, 何個, とは, 意味は, の意味, 首都, 翻訳して, に訳して, 英語で何, 高さは",
  ko: "무엇인가요, 무엇입니까, 뭐예요, 뭐야, 뭔가요, 무엇, 누구, 어디, 언제, 몇, 얼마, 수도, 번역, 무슨 뜻, 뜻이",
  id: "^apa itu, ^siapa, ^kapan, ^dimana, ^berapa, ^terjemahkan",
  vi: "la gi, la ai, o dau, bao nhieu, khi nao",
});

/** What customers ask all the time: how to do one thing with a product, and what a shop is asked. */
const FAQ = phrases({
  steps:
    "^how do i cancel, ^how do i change, ^how do i reset, ^how do i delete, ^how do i update, ^how do i turn, ^how do i enable, ^how do i disable, ^how do i export, ^how do i import, ^how do i download, ^how do i upload, ^how do i upgrade, ^how do i log, ^how do i sign, ^how do i contact, ^how do i return, ^how do i track, ^how do i pay, ^how do i add, ^how do i remove, ^how do i invite, ^how do i find, ^how do i install, ^how do i connect, ^how do i activate, ^how do i verify, ^how do i get a refund, ^how do i switch, ^how do i restore, ^how do i print, ^how do i share, ^how do i block, ^how do i book, ^how do i check, ^how do i get to, ^how do i say, ^how can i cancel, ^how can i change, ^how can i reset, ^how can i delete, ^how can i update, ^how can i contact, ^how can i track, ^how can i pay, ^how can i reach, ^how can i download, ^how can i return, ^how to cancel, ^how to reset, ^how to delete, ^how to change, ^how to update, ^how to log, ^how to contact, i forgot my, i lost my, i can t log in",
  en: "opening hours, business hours, office hours, are you open, do you open, do you close, do you deliver, do you ship, do you accept, do you offer, do you have a, do you support, shipping cost*, shipping time*, delivery time*, track my, my order, my account, my subscription, my password, my profile, my invoice, my email address, my payment, refund policy, return policy, privacy policy, free trial, phone number, contact support, reach support, customer service, promo code, discount code, wifi password, password reset, reset a password, unsubscribe, log in, sign up, log out, dress code, area code, zip code, postal code, dial code, country code",
  de: "offnungszeiten, passwort zurucksetzen, mein passwort, mein konto, meine bestellung, mein abo, ruckgabe*, versandkosten, lieferzeit, kundenservice, kundendienst, telefonnummer, rechnung, geoffnet, vorwahl, postleitzahl, abonnement, kundigen",
  fr: "horaires, mot de passe, mon compte, ma commande, mon abonnement, frais de port, livraison, service client, numero de telephone, remboursement, code postal",
  es: "horario*, mi contrasena, contrasena, mi cuenta, mi pedido, mi suscripcion, gastos de envio, envio, atencion al cliente, numero de telefono, reembolso, codigo postal",
  it: "orari, password, il mio account, il mio ordine, abbonamento, spedizione, servizio clienti, numero di telefono, rimborso, codice postale",
  pt: "horario*, minha senha, senha, minha conta, meu pedido, minha assinatura, frete, entrega, atendimento, numero de telefone, reembolso, codigo postal",
  pl: "godziny otwarcia, godzinach, haslo, hasla, moje konto, konto, moje zamowienie, zamowienia, zamowienie, dostawa, obsluga klienta, numer telefonu, zwrot, kod pocztowy",
  ru: "часы работы, режим работы, пароль, мой аккаунт, мой заказ, подписк*, доставк*, служба поддержки, номер телефона, возврат*, почтовый индекс",
  ar: "ساعات العمل, كلمة المرور, كلمة السر, حسابي, طلبي, اشتراكي, الشحن, التوصيل, خدمة العملاء, رقم الهاتف",
  hi: "खुलने का समय, पासवर्ड, मेरा खाता, मेरा ऑर्डर, डिलीवरी, ग्राहक सेवा, फोन नंबर, वापसी",
  zh: "营业时间, 密码, 我的账户, 我的订单, 退款, 退货, 运费, 客服, 电话号码, 快递, 邮编",
  ja: "営業時間, パスワード, アカウント, 注文, 返品, 返金, 送料, 配送, 電話番号, 郵便番号, 解約",
  ko: "영업시간, 영업 시간, 비밀번호, 계정, 주문, 환불, 반품, 배송, 고객센터, 전화번호, 우편번호",
});

/** Asks for a view, a cause or a survey, however short. */
const WIDE = phrases({
  en: "^continue, ^go on, ^keep going, ^more, ^elaborate, ^again, ^retry, ^next, ^expand, changed, changes, across, contradict*, conflict*, inconsisten*, each other, summari*, plan, debate, story, poem, good, some, would, happened, happens, kind of, important, main, key, popular, feel, feeling, reason, reasons, lesson*, theme*, need to do, do about, to do, gift*, cook, wear, watch, read, everything, things, most important, really mean, mean for, matter, matters, describe, discuss, tell me about, best, better, worse, should i, should we, should you, difference*, differ, impact*, effect of, effects of, consequence*, implication*, pros and cons, advantage*, disadvantage*, benefits, drawback*, why, how come, strateg*, explain, explanation, versus, vs, compare*, opinion, think, recommend*, advice, advise, suggest*, ideas, idea, ways to, tips, approach*, happen if, would happen, worth, trade off*, tradeoff*, relationship between, significance, main causes, causes of, cause of, role of, work, works, history of, theory, improve, plan for, likely, future of, realistic, ethical, example*, write, help me, argument*, overview, the point of, correct way, right way, good way, best practice*, going on, wrong with",
  de: "^weiter, ^mehr, ^nochmal, geschichte, gedicht, zusammen, plane, gut, gute, guten, soll, sollen, passiert, passierte, wichtig*, gedanken, besser, beste, besten, bester, bestes, sollte ich, sollten wir, unterschied*, auswirkung*, folgen, vorteil*, nachteil*, warum, weshalb, wieso, erklar*, vergleich*, meinung, empfehl*, empfiehlst, tipps, ideen, funktioniert, ursache*, strategie*, lohnt, beispiel*, denkst du, haltst du",
  fr: "^continue, ^encore, histoire, poeme, resume*, bon, bons, bonne, bonnes, dois, faire, passe, important*, meilleur*, mieux, difference*, impact*, consequence*, avantage*, inconvenient*, pourquoi, explique*, expliquer, compare*, avis, recommand*, conseil*, idee*, fonctionne, cause*, strategie*, dois je, exemple*, penses",
  es: "^sigue, ^continua, ^mas, historia, poema, resum*, como funciona, buen, buena, buenos, buenas, debo, hacer, paso, importan*, mejor*, diferencia*, impacto*, consecuencia*, ventaja*, desventaja*, por que, explica*, compara*, opinion*, opinas, recomiend*, recomendacion*, consejo*, idea*, funciona, causa*, estrategia*, deberia, ejemplo*, piensas",
  it: "^continua, ^ancora, storia, poesia, riassum*, come funziona, buon, buona, buoni, devo, fare, successo, important*, miglior*, meglio, differenz*, impatto, conseguenz*, vantagg*, svantagg*, perche, spiega*, confront*, opinione, consigli*, idee, funziona, causa, cause, strategi*, dovrei, esempi*, pensi",
  pt: "^continue, ^continua, ^mais, historia, poema, resum*, como funciona, bom, boa, bons, boas, fazer, aconteceu, important*, melhor*, diferenca*, impacto*, consequencia*, vantagem, vantagens, desvantagens, por que, porque, explique, explica*, compar*, opiniao, recomend*, conselho*, ideia*, funciona, causa*, estrategia*, devo, deveria, exemplo*, acha",
  pl: "^kontynuuj, ^dalej, ^wiecej, historia, wiersz, stresc*, dobry, dobra, dobre, zrobic, robic, sie stalo, wazn*, najleps*, lepsz*, lepiej, roznic*, wplyw*, skutk*, zalet*, wad, wady, dlaczego, wyjasnij, porownaj*, opinia, polec*, porad*, pomysl*, dziala, przyczyn*, strategi*, powinienem, powinnam, przyklad*, myslisz",
  ru: "^продолж*, ^дальше, ^еще, история, стих*, хорош*, делать, сделать, произошло, важн*, лучш*, разниц*, отлича*, различи*, влия*, последстви*, преимуществ*, недостат*, почему, зачем, объясни*, сравни*, мнение, посовет*, рекоменд*, совет*, идеи, работает, причин*, стратеги*, стоит ли, пример*, думаешь, думаете",
  ar: "تابع, أكمل, المزيد, لخص, قصة, أفضل, الفرق, تأثير, عواقب, مزايا, عيوب, لماذا, اشرح, قارن, رأيك, تنصح, نصائح, أفكار, أسباب, استراتيجية, مثال, كيف يعمل, كيف تعمل",
  hi: "जारी, और बताओ, सारांश, कहानी, बेहतर, सबसे अच्छा, अंतर, फर्क, प्रभाव, परिणाम, फायदे, नुकसान, क्यों, समझाइए, समझाओ, तुलना, राय, सलाह, सुझाव, विचार, कारण, रणनीति, उदाहरण, कैसे काम",
  zh: "继续, 更多, 总结, 故事, 诗, 怎么办, 最好, 更好, 区别, 差别, 影响, 后果, 优点, 缺点, 优缺点, 利弊, 为什么, 解释, 比较, 看法, 建议, 推荐, 原因, 策略, 应该, 例子, 原理, 怎么看, 如何",
  ja: "続けて, 要約, もっと, 物語, 最も良い, 一番いい, おすすめ, 違い, 影響, 結果, メリット, デメリット, なぜ, どうして, 説明, 比較, 意見, アドバイス, 提案, 理由, 原因, 戦略, べき, 例を, 仕組み, 例えば",
  ko: "계속, 요약, 더, 이야기, 가장 좋은, 더 좋, 차이, 영향, 결과, 장점, 단점, 장단점, 왜, 설명, 비교, 의견, 추천, 조언, 제안, 이유, 원인, 전략, 해야 할까, 예시, 원리",
  tr: "en iyi, fark*, neden, acikla, karsilastir, avantaj*, oneri*",
  nl: "beste, beter, verschil*, waarom, leg uit, voordelen, nadelen",
});

/** Words of a question for a fact; one with a word or two to translate has hardly more. */
const MOST_WORDS = 24;

/** A question for a fact, or a customer's usual one: its answer is a line. */
export function isLookup(plain: string, words: number): boolean {
  if (words > MOST_WORDS || has(WIDE, plain)) return false;
  return has(FAQ, plain) || has(FACTS, plain);
}

/** Asks how something is done or came to be, of which some is usual (`FAQ`). */
const HOW = phrases({
  any: "how do, how does, how did, how could, how would, how should, how can, how to, wie funktioniert, wie kann, wie macht, comment, como, come si, jak, как, كيف, कैसे, 怎么, 如何, どうやって, どうすれば, 어떻게, nasil",
});

export const isWide = (plain: string): boolean => has(WIDE, plain) || has(HOW, plain);
