// The small words of languages: which of them a text is written in is told by them, and none of them is a
// keyword of it. Words of two languages stand in both.

export const LANGUAGES = [
  "en",
  "de",
  "fr",
  "es",
  "it",
  "pt",
  "nl",
  "sv",
  "pl",
  "ru",
  "zh",
  "ja",
  "ko",
  "ar",
] as const;
export type Language = (typeof LANGUAGES)[number];

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** Of what is written with spaces, lower-case. */
export const FUNCTION_WORDS: Readonly<Partial<Record<Language, readonly string[]>>> = {
  en: words(`
    the of and a to in is that it was for on are as with his they i at be this have from or by not but what all
    were when we there can an your which their said if do will each about how up out them then she many some so
    these would other into has more her two him see could no than been its who did get may only over such our
    where after because through should any also most must very between both under while during before using used
    you he me my us am had does here just same those being own against without within per via yes
    shall might upon since until unless whether either nor too now every new one first make made need needs
    something nothing anything everything someone anyone much many few whose whatever whoever don t s ll re ve isn aren doesn didn won can't don't it's
  `),
  de: words(`
    der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass
    sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch
    man sein wurde sei hatte kann gegen vom können schon wenn ihre mein unter wir soll ich eines jahr zwei diese dieser
    dieses diesem diesen wieder keine kein uns seiner worden will zwischen immer was sagte alle wer muss müssen sollte
    ihr ihm ihn ihnen unser unsere sehr hier dann da dort dabei damit dazu jedoch ob weil ohne sowie etwa bereits
    jede jeder jedes sowohl bzw z b dass daß ab je nun wo welche welcher welches dürfen darf gibt habe hast habt mir mich dir dich mal ganz ja etwas viel wenig immer gerade
  `),
  fr: words(`
    le la les de des du un une et à en que qui dans pour pas sur au aux avec ce cette ces il elle ils elles on ne se sa
    son ses plus par est sont être était ont a avoir fait mais ou où comme tout tous toute leur leurs nous vous je mon
    ma mes votre vos notre nos si bien peut peuvent entre sans sous aussi même dont lors chaque très fois deux doit
    doivent ainsi après avant depuis encore quand cela ceux été sera selon afin car donc ni d l s n c qu j m y
  `),
  es: words(`
    el la los las de del y a en que un una es por con para no se su sus al lo como más pero o este esta estos estas ha
    son fue ser está están entre cuando muy sin sobre también hasta hay donde quien desde todo todos toda todas nos
    durante uno les ni contra otros otras ese esa eso ante ellos e esto mi antes algunos qué unos yo otro él tanto debe
    deben puede pueden cada según si le dos porque mientras así cual cuyo aunque aquí sólo solo ya u cómo usted
  `),
  it: words(`
    il lo la i gli le di del della dei delle dello degli e a in che un una uno è per con non si su al alla alle ai da dal
    dalla nel nella nei nelle sul sulla come più ma o se anche questo questa questi queste sono essere ha hanno suo sua
    loro tra fra quando dove chi ogni tutto tutti tutte molto può possono deve devono prima dopo ancora così senza
    sotto due già stato stata era erano ed ad cui quale quali noi voi ci vi dall nell l d dell all mentre poi perché
  `),
  pt: words(`
    o a os as de do da dos das e em no na nos nas que um uma é por com para não se ao aos à às mais como mas ou este
    esta esse essa isso isto são foi ser está estão entre quando muito sem sobre também até há onde quem desde todo
    todos toda todas pelo pela pelos pelas seu sua seus suas ele ela eles elas nós você vocês eu já deve devem pode
    podem cada só depois antes ainda dois duas porque então assim num numa após segundo tem têm
  `),
  nl: words(`
    de het een en van in is dat die te op voor met niet zijn aan er maar om ook als dan bij nog uit wordt worden door
    naar heeft hebben was werd deze dit of kan kunnen moet moeten wel geen over tot meer hij zij ze we wij je u uw ik
    hun ons onze zich alle al zo waar wat wie hoe wanneer tussen onder zonder tegen tijdens na sinds elke ieder veel
    twee mag zal zullen zou hier daar omdat zodat indien mijn haar hem zoals binnen via per
  `),
  sv: words(`
    och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan när man hade
    vid efter eller under hon ut ska skall nu över alla mot sin också upp där vara bli blir blev denna detta dessa
    mycket mellan utan före sedan än genom två kommer måste bör får din ditt dina er vår vårt våra deras dem hur vad
    vem vilken vilket vilka varje andra här någon något några finns samt då ju
  `),
  pl: words(`
    i w na z się nie do to jest że o jak po co za od przez dla przy lub oraz ale czy być są był była było były może
    mogą można tym tego ten ta te tej tych które który która którego których jego jej ich jako już tylko gdy gdzie
    każdy każda każde wszystkie bez pod nad przed między także również należy musi więc tak we ze jeśli jeżeli aby
    żeby ma mają sobie nas nam wam my wy oni on ona podczas bardzo dwa dwie innych inne
  `),
  ru: words(`
    и в не на что он с как это по но из у за от о для к до так же вы бы или если его её их мы я ты они она оно был была
    было были быть есть только уже при все всё всех который которая которое которые которых также может могут нужно
    должен должна должны после перед через между без под над когда где кто чтобы этот эта эти этого том тем то ли
    нет да во со об ещё еще более очень каждый себя свой своих наш ваш два больше меньше можно нельзя чем чего этом потом тогда теперь сейчас здесь там мне меня тебя нас вас ним ней
  `),
  zh: words(`
    我们 你们 他们 她们 它们 自己 这个 那个 这些 那些 这样 那样 一个 一些 一种 什么 怎么 如何 为什么 哪里 可以 可能 能够 应该 需要 必须 没有
    不是 不会 不能 就是 还是 如果 因为 所以 但是 而且 或者 以及 虽然 然后 已经 正在 之前 之后 以后 以前 时候 现在 非常 比较 进行 使用 通过
    对于 关于 根据 由于 其中 其他 所有 每个 只是 只有 也是 都是 一下 这里 那里 起来 出来 问题 请问
  `),
  ko: words(`
    그 이 저 것 수 등 및 또는 그리고 그러나 하지만 또한 있다 없다 한다 된다 있습니다 없습니다 합니다 됩니다 입니다 하는 있는 없는 된
    할 한 될 위해 위한 대한 통해 따라 경우 때 더 모든 각 다른 같은
  `),
  ar: words(`
    في من على إلى عن أن إن هذا هذه ذلك تلك التي الذي الذين هو هي هم كان كانت يكون تكون قد لا ما لم لن مع أو ثم كل بعض
    بعد قبل بين عند حتى إذا كما أي و كذلك أيضا أيضًا غير حيث لكن يجب يمكن تم خلال حول دون منذ نحن أنت أنا
  `),
};

/** Letters that hardly any other language has. */
export const LETTERS: Readonly<Partial<Record<Language, string>>> = {
  de: "ß",
  fr: "œ",
  es: "ñ",
  pt: "ãõ",
  pl: "łśźżąęńć",
  ru: "ыэё",
};

/**
 * Neighbours of those above that are not told themselves: without them a Danish text would be taken for
 * Swedish.
 */
export const NEIGHBOURS: readonly { letters: string; words: readonly string[] }[] = [
  // Danish, Norwegian
  {
    letters: "øæ",
    words: words(
      "og i at det som en på er af av for med til den har de ikke om et han men var jeg sig seg fra vi så kan når være blev ble efter etter eller hun skal nu nå også denne dette disse hvor hvad hva hvem mellem mellom uden uten må deres alle",
    ),
  },
  // Catalan
  {
    letters: "",
    words: words(
      "el la els les de del dels i a en que un una és per amb no es al com més però o aquest aquesta aquests són ser està entre quan molt sense sobre també fins hi on qui des tot tots altres seva seu dues va han ha pot ho",
    ),
  },
  // Romanian
  {
    letters: "țșăî",
    words: words(
      "și în de la a cu pe nu că un o este sunt care din pentru mai ca sau dar fi a fost ce lui se prin după fără între toate acest această poate trebuie dacă",
    ),
  },
  // Czech, Slovak
  {
    letters: "ěřůčšž",
    words: words(
      "a v na se sa že je to s z do o i ve k pro pre jako ako jsou sú není nie by ale nebo alebo které ktoré který ktorý po při pri od za tak také byl bol může môže musí mezi medzi aby jen",
    ),
  },
  // Croatian, Serbian in Latin letters
  {
    letters: "đčšž",
    words: words(
      "i u je na se da za su od s iz koji koja koje ili ali kao što bi biti po nije sve samo može treba kod do prema između",
    ),
  },
  // Finnish
  {
    letters: "",
    words: words(
      "ja on ei että se hän oli ovat kun mutta tai myös niin kuin joka jos sen ne tämä olla vain ole sekä voi mukaan ennen jälkeen",
    ),
  },
  // Hungarian
  {
    letters: "őű",
    words: words(
      "a az és hogy nem is egy ez van volt meg csak de ha mint vagy már még fel el kell lehet akkor minden szerint után között",
    ),
  },
  // Turkish
  {
    letters: "ışğ",
    words: words(
      "ve bir bu için ile de da olarak en çok daha gibi olan kadar sonra ne değil var yok her veya ise göre tarafından",
    ),
  },
  // Indonesian, Malay
  {
    letters: "",
    words: words(
      "yang dan di dari untuk dengan pada ini itu tidak dalam adalah akan atau ke juga oleh sebagai dapat karena telah setiap",
    ),
  },
  // Ukrainian
  {
    letters: "іїєґ",
    words: words(
      "і в не на що він з як це по але із у за від до для та так ж або якщо його її їх ми я ви вони бути є тільки при всі який яка які також може після перед через між без коли де хто щоб цей ця ці ще",
    ),
  },
  // Bulgarian, Macedonian, Serbian
  {
    letters: "ѓќјљњ",
    words: words(
      "и на да се не за от с е са в по че като но или ще бъде от това този тази които който която при след преди само може трябва има е си ако у је су што који која које",
    ),
  },
];
