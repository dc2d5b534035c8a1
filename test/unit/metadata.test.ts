// What is told of a document beside its text.
import { expect, test } from "vitest";
import { type Block, type Facts, NO_FACTS } from "../../src/rag/blocks.ts";
import { datesIn } from "../../src/rag/describe/dates.ts";
import { languageOf } from "../../src/rag/describe/language.ts";
import { describeDocument } from "../../src/rag/metadata.ts";

const paragraph = (text: string): Block => ({ kind: "paragraph", text, page: null });
const heading = (level: number, text: string): Block => ({
  kind: "heading",
  level,
  text,
  page: null,
});
const describe = (blocks: Block[], facts: Partial<Facts> = {}, name = "tides.pdf") =>
  describeDocument(blocks, { ...NO_FACTS, ...facts }, name);

test("a title is what the file says, else the first heading of level 1, else the name without extension", () => {
  const blocks = [heading(2, "Preface"), heading(1, " The harbour\n book "), heading(1, "Tides")];
  expect(describe(blocks, { title: " Tide  tables " }).title).toBe("Tide tables");
  expect(describe(blocks).title).toBe("The harbour book");
  expect(describe([heading(2, "Preface")]).title).toBe("tides");
  expect(describe([], {}, "report.final.docx").title).toBe("report.final");
  expect(describe([], {}, ".env").title).toBe(".env");
  expect(describe([], {}, "Handbook v2").title).toBe("Handbook v2");
});

test("what programs write for want of a title is none", () => {
  for (const title of ["", "  ", "Untitled", "Microsoft Word - draft7.doc", "Document1"])
    expect(describe([heading(1, "Tides")], { title }).title).toBe("Tides");
});

test("title, author and sections are lines that are not too long", () => {
  const long = "tide ".repeat(100);
  const told = describe([heading(1, long), heading(2, "Lights"), heading(2, " ")], {
    author: " A.\nKeeper ",
  });
  expect(told.title.length).toBeLessThanOrEqual(200);
  expect(told.author).toBe("A. Keeper");
  expect(told.sections).toHaveLength(2);
  expect(told.sections[0]?.length).toBeLessThanOrEqual(200);
  expect(describe([], { author: " " }).author).toBeNull();
});

test("sections are the headings in their order, each once, at most a hundred", () => {
  const blocks = Array.from({ length: 300 }, (_, at) =>
    heading(1 + (at % 3), `Section ${at >> 1}`),
  );
  const { sections } = describe(blocks);
  expect(sections).toHaveLength(100);
  expect(sections.slice(0, 2)).toEqual(["Section 0", "Section 1"]);
});

/** Short and plain, as support pages are, of things that are called much the same everywhere. */
const WRITTEN = {
  en: [
    "Refunds are paid within ten days of the return. You will get an email when the money has left our bank.",
    "Restart the router before you call support.",
  ],
  de: [
    "Rückzahlungen erfolgen innerhalb von zehn Tagen nach der Rücksendung. Sie erhalten eine E-Mail, sobald das Geld überwiesen ist.",
    "Starten Sie den Router neu, bevor Sie den Support anrufen.",
  ],
  fr: [
    "Les remboursements sont effectués dans les dix jours qui suivent le retour. Vous recevrez un courriel dès que l'argent est parti.",
    "Redémarrez le routeur avant d'appeler le support.",
  ],
  es: [
    "Los reembolsos se pagan en un plazo de diez días desde la devolución. Recibirá un correo cuando el dinero haya salido del banco.",
    "Reinicie el router antes de llamar al soporte.",
  ],
  it: [
    "I rimborsi sono pagati entro dieci giorni dalla restituzione. Riceverà un'email quando il denaro è partito dalla nostra banca.",
    "Riavvii il router prima di chiamare il supporto della ditta.",
  ],
  pt: [
    "Os reembolsos são pagos no prazo de dez dias após a devolução. Você receberá um e-mail quando o dinheiro sair do nosso banco.",
    "Reinicie o router antes de ligar para o suporte da empresa.",
  ],
  nl: [
    "Terugbetalingen worden binnen tien dagen na de retour betaald. Je krijgt een e-mail wanneer het geld van onze bank is vertrokken.",
    "Start de router opnieuw voordat je de helpdesk belt.",
  ],
  sv: [
    "Återbetalningar görs inom tio dagar efter returen. Du får ett mejl när pengarna har lämnat vår bank och är på väg.",
    "Starta om routern innan du ringer till supporten, och vänta sedan.",
  ],
  pl: [
    "Zwroty są wypłacane w ciągu dziesięciu dni od odesłania towaru. Gdy pieniądze wyjdą z naszego banku, otrzymasz wiadomość e-mail.",
    "Uruchom router ponownie, zanim zadzwonisz do pomocy, i poczekaj na to.",
  ],
  ru: [
    "Возврат денег происходит в течение десяти дней после возврата товара. Вы получите письмо, когда деньги уйдут из нашего банка.",
    "Перезагрузите роутер, прежде чем звонить в поддержку, и подождите.",
  ],
  zh: [
    "退款将在退货后十天内支付。款项从我们银行汇出后，您会收到一封电子邮件。",
    "致电客服之前，请先重启路由器。",
  ],
  ja: [
    "返金は返品から十日以内に行われます。送金が済むとメールでお知らせします。",
    "サポートに電話する前に、ルーターを再起動してください。",
  ],
  ko: [
    "환불은 반품 후 열흘 이내에 지급됩니다. 은행에서 송금되면 이메일을 보내 드립니다.",
    "고객센터에 전화하기 전에 공유기를 다시 시작하세요.",
  ],
  ar: [
    "تُدفع المبالغ المستردة خلال عشرة أيام من إعادة السلعة. ستصلك رسالة عند خروج المال من المصرف.",
    "أعد تشغيل الموجّه قبل الاتصال بالدعم.",
  ],
};

test.each(Object.entries(WRITTEN))(
  "%s is seen in two sentences, and not mistaken in one",
  (language, texts) => {
    const [two = "", one = ""] = texts;
    expect(languageOf(two)).toBe(language);
    expect([language, null]).toContain(languageOf(one));
  },
);

test("one short sentence is enough for most", () => {
  const seen = Object.entries(WRITTEN).filter(
    ([language, [, one = ""]]) => languageOf(one) === language,
  );
  expect(seen.length).toBeGreaterThanOrEqual(10);
});

test.each([
  ["nothing", ""],
  ["numbers", "12 345 – 67/89 (3.14)".repeat(20)],
  ["two words", "Router Support"],
  ["names", "Lund Weiss Tanaka Okafor Garcia Kowalski Rossi Silva"],
  [
    "Danish",
    "Pengene bliver betalt tilbage inden for ti dage efter at varen er sendt. Du får en besked når de er på vej fra os.",
  ],
  [
    "Catalan",
    "Els reemborsaments es paguen en deu dies des de la devolució. Rebreu un correu quan els diners hagin sortit amb el banc.",
  ],
  [
    "Finnish",
    "Hyvitykset maksetaan kymmenen päivän kuluessa siitä kun tavara on palautettu. Saat viestin, kun rahat ovat lähteneet.",
  ],
  [
    "Turkish",
    "İadeler ürünün geri gönderilmesinden sonra on gün içinde ödenir. Para bankadan çıkınca bir ileti alacaksınız ve bu kadar.",
  ],
  [
    "Ukrainian",
    "Повернення коштів відбувається протягом десяти днів після повернення товару. Ви отримаєте лист, коли гроші підуть з нашого банку.",
  ],
  [
    "Persian",
    "بازپرداخت‌ها ظرف ده روز پس از برگشت کالا پرداخت می‌شوند. وقتی پول از بانک خارج شد، پیامی دریافت می‌کنید.",
  ],
  ["Greek", "Οι επιστροφές χρημάτων γίνονται μέσα σε δέκα ημέρες από την επιστροφή."],
])("%s: nobody is sure of the language", (_, text) => {
  expect(languageOf(text)).toBeNull();
});

test("a German manual full of English terms is German, and a Chinese one full of names Chinese", () => {
  expect(
    languageOf(
      "Das Deployment läuft mit dem Build Server und der Pipeline. Ein Rollback ist nur über das Dashboard möglich.",
    ),
  ).toBe("de");
  expect(
    languageOf(
      "请先安装 Node.js 和 TypeScript，然后运行 npm install 命令，最后打开 Visual Studio Code。",
    ),
  ).toBe("zh");
});

test("the language is what the text shows, else what the file says", () => {
  const german = [paragraph(WRITTEN.de.join(" "))];
  expect(describe(german).language).toBe("de");
  expect(describe(german, { language: "en-US" }).language).toBe("de");
  expect(describe([paragraph("Router Support")], { language: "en-US" }).language).toBe("en");
  expect(describe(german, { language: "da" }).language).toBe("da"); // nobody here knows Danish
  expect(describe([paragraph("Router Support")], { language: "??" }).language).toBeNull();
});

test("keywords are what is said often, not the small words, in one form each", () => {
  const { keywords } = describe([
    heading(1, "The harbour gauge"),
    paragraph(
      "The harbour gauge is read at noon. A gauge that is broken is reported to the harbour master. " +
        "Readings go into the log. The log of readings is kept by the harbour master for ten years. " +
        "The harbour master signs the log, and whoever reads the gauges signs the log, too.",
    ),
  ]);
  expect(keywords.length).toBeLessThanOrEqual(10);
  expect(keywords.slice(0, 4)).toEqual(expect.arrayContaining(["harbour master", "log"]));
  expect(keywords).toContain("readings");
  expect(keywords.join(" ")).not.toMatch(/\b(?:the|is|are|into|whoever|gauges)\b/);
});

test("the file's own keywords come first, and none twice", () => {
  const { keywords } = describe([paragraph("tides tides tides lights lights buoys")], {
    keywords: ["Navigation", " ", "Tides"],
  });
  expect(keywords).toEqual(["Navigation", "Tides", "lights", "buoys"]);
});

test("keywords of German, Chinese, Japanese and Korean are words", () => {
  const of = (text: string) => describe([paragraph(text)]).keywords;
  expect(
    of(
      "Die Gezeiten bestimmen, wann der Hafen offen ist. Der Hafen hat Gezeiten, und die Gezeiten haben den Hafen.",
    ).slice(0, 2),
  ).toEqual(["gezeiten", "hafen"]);
  expect(of("退款将在退货后支付。银行支付退款，退款需要十天。").slice(0, 2).join()).toBe(
    "退款,支付",
  );
  expect(
    of("ルーターを再起動します。ルーターの電源を切らないでください。電源は重要です。")
      .slice(0, 2)
      .sort(),
  ).toEqual(["ルーター", "電源"]);
  expect(
    of(
      "공유기를 다시 시작하세요. 공유기는 전원이 필요합니다. 전원을 끄지 마세요. 공유기의 전원.",
    ).slice(0, 2),
  ).toEqual(["공유기", "전원"]);
});

test("code says nothing of language or keywords, where there is text beside it", () => {
  const code: Block = {
    kind: "code",
    text: "const value = compute(value);\n".repeat(100),
    page: null,
  };
  expect(describe([paragraph(WRITTEN.de.join(" ")), code]).keywords).not.toContain("value");
  expect(describe([code]).keywords).toContain("value");
});

test.each([
  ["2026-03-05 and 2026/03/06, at 2026-03-07T10:00Z", ["2026-03-05", "2026-03-06", "2026-03-07"]],
  [
    "on 5 March 2026, March 6th, 2026 and the 7th of March 2026",
    ["2026-03-05", "2026-03-06", "2026-03-07"],
  ],
  ["am 5. März 2026 und am 06.03.2026", ["2026-03-05", "2026-03-06"]],
  ["le 5 mars 2026 et le 1er août 2026", ["2026-03-05", "2026-08-01"]],
  ["el 5 de marzo de 2026; em 5 de março de 2025", ["2026-03-05", "2025-03-05"]],
  [
    "il 5 marzo 2026, 5 maart 2025, 5 mars 2024, 5 marca 2023, 5 марта 2022",
    ["2026-03-05", "2025-03-05", "2024-03-05", "2023-03-05", "2022-03-05"],
  ],
  ["2026年3月5日と2026년 3월 6일", ["2026-03-05", "2026-03-06"]],
  ["٥ but 5 مارس 2026", ["2026-03-05"]],
  ["25/12/2026 and 12/25/2025 and 4/4/2024", ["2026-12-25", "2025-12-25", "2024-04-04"]],
  ["3/4/2026 is March or April", []],
  ["2026-02-30, 2026-13-01, 31 April 2026, 0000-01-01", []],
  ["version 10.12.1, address 10.1.1.2020, range 1-2-2026-03-05, part 42026-03-05", []],
  ["2026-03-05 again 5 March 2026", ["2026-03-05"]],
])("dates in: %s", (text, dates) => {
  expect(datesIn(text, 20)).toEqual(dates);
});

test("a document's date is when it was changed, else made, else one in its head", () => {
  const blocks = [
    paragraph("Valid from 5 March 2026."),
    paragraph("x ".repeat(600)),
    paragraph("Old: 1 May 1999."),
  ];
  const modified_at = "2026-10-02T23:30:00-05:00";
  expect(describe(blocks, { modified_at, created_at: "2026-01-01" }).date).toBe("2026-10-03");
  expect(describe(blocks, { modified_at: "never", created_at: "2026-01-01" }).date).toBe(
    "2026-01-01",
  );
  expect(describe(blocks)).toMatchObject({
    date: "2026-03-05",
    dates: ["2026-03-05", "1999-05-01"],
  });
  expect(describe(blocks.slice(1)).date).toBeNull();
});

test("at most twenty dates are told", () => {
  const days = Array.from({ length: 28 }, (_, at) => `2026-03-${String(at + 1).padStart(2, "0")}`);
  expect(describe([paragraph(days.join(", "))]).dates).toEqual(days.slice(0, 20));
});

test("words are counted, characters where nothing parts words", () => {
  expect(describe([paragraph("The tide's a half-metre higher – at 3 p.m.")]).words).toBe(9);
  expect(describe([paragraph("潮水来了。\u{20000}"), paragraph("12 灯")]).words).toBe(7);
  expect(describe([]).words).toBe(0);
});

test("an empty document has nothing to tell but its name", () => {
  expect(describe([])).toEqual({
    title: "tides",
    author: null,
    language: null,
    keywords: [],
    sections: [],
    dates: [],
    date: null,
    words: 0,
  });
});

test.each([
  ["prose", `${WRITTEN.en.join(" ")} `.repeat(10_000)],
  ["one word", "x".repeat(1_000_000)],
  ["digits", "1".repeat(1_000_000)],
  ["days", "1.1.".repeat(250_000)],
  ["signs", "'".repeat(1_000_000)],
  ["accents", "\u0301".repeat(1_000_000)],
  ["spaces", " ".repeat(1_000_000)],
  ["Chinese", "潮水".repeat(500_000)],
])("a megabyte of %s is described within seconds", (_, text) => {
  const started = Date.now();
  describe([paragraph(text), heading(1, text)]);
  expect(Date.now() - started).toBeLessThan(5_000);
});
