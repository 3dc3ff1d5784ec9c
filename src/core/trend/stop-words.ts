/** Words that hold a text together and are never what it is about, by language, folded. A text does not always say its
 *  language, so a word of one list is left out everywhere unless it is a likely subject elsewhere. */

const STOP_WORDS: Readonly<Record<string, string>> = {
  en: `a about above actually after again against ago ain all almost alone along already also although always am among amp
    an and another any anybody anymore anyone anything anyway are aren around as ask at away back be became because become
    been before behind being below best better between big both but by came can cannot cant come comes coming could couldn
    did didn do does doesn doing don done dont down during each either else enough etc even ever every everybody everyone
    everything far few first for from further gave get gets getting give gives giving go goes going gone gonna good got
    gotta great guess guy guys had hadn has hasn have haven having he hello her here hers herself hey hi him himself his how
    however http https i if im in instead into is isn it its itself ive just keep kind knew know known knows last later
    least less let lets like likely little ll lmao lol long look looking looks lot made make makes making many may maybe me
    mean might mine more most much must my myself near need needs neither never new next no nobody none nor not nothing now
    of off often oh ok okay on once one ones only onto or other others our ours ourselves out over own per perhaps please
    pls probably put quite rather re read real really right rt said same saw say saying says see seem seems seen several
    shall she should shouldn show since so some somebody someone something soon still stop such sure take taken takes taking
    tell than thank thanks that thats the their them themselves then there theres these they thing things think this those
    though thought through thru till to today together told tomorrow tonight too took total toward tried true try trying
    turn two under until up upon us use used using ve very via wanna want wanted wants was wasn watch way we week well went
    were weren what whats when where whether which while who whole whom whose why will with within without won wont would
    wouldn yeah year years yes yesterday yet you your youre yours yourself day days time times morning night hour hours
    minute minutes month months people man men woman women love hate feel work thats w b c d e f g h j k l m n o p q r s t
    u v x y z im gt lt de la le en com www`,
  es: `al algo alguien algun alguna algunas algunos ante antes aqui asi aun aunque bien cada casi como con contra cosa cual
    cuando cuanto da dar de del desde despues dia dias dice dicen dijo donde dos durante el ella ellas ellos en entre era
    eran eres es esa esas ese eso esos esta estaba estamos estan estar estas este esto estos estoy fue fueron gracias gran
    ha haber habia hace hacer hacia han hasta hay he hoy ir ja jaja jajaja la las le les lo los luego mas me mejor menos mi
    mis mismo mucha mucho muchos muy nada ni nos nosotros nuestra nuestro nunca otra otro otros para pero poco por porque
    pues puede pueden que quien quiero sea segun ser si siempre sin sobre solo son soy su sus tal tambien tan tanto te tener
    tengo ti tiene tienen toda todas todo todos tu tus un una unas uno unos va vamos van ver vez vida voy ya yo`,
  fr: `ai aller alors apres au aussi autre autres aux avec avoir avant bien bon car ce cela ces cet cette chez comme comment
    contre dans de des deux dire dit donc du elle elles en encore entre est et etait etaient etais ete etre eu fait faire
    faut fois ici il ils jamais je jour jours juste la le les leur leurs lui ma mais me meme mes mieux moi moins mon ne ni
    non nos notre nous on ont ou oui par parce pas peu peut peux plus pour pourquoi pouvoir quand que quel quelle quelque
    qui quoi rien sa sans se ses si soit son sont sous sur ta tes toi ton toujours tous tout toute toutes tres trop tu un
    une va vais vers veut veux voir votre vous vraiment y`,
  de: `aber alle allem allen alles als also am an andere anderen auch auf aus bei beim bin bis bist bitte da dabei damit
    danach dann das dass davon dazu dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch
    dort du durch ein eine einem einen einer eines einfach er es etwas euch fur gar ganz geht gegen gerade gibt gut haben
    hab habe hat hatte hatten heute hier hin ich ihm ihn ihr ihre ihren im immer in ins ist ja jede jeden jeder jetzt kann
    kein keine keinen konnen konnte kommt los macht machen mal man mehr mein meine meinen meiner mich mir mit morgen muss
    nach nein nicht nichts nie noch nun nur ob oder ohne schon sehr sein seine seinen seit sich sie sind so soll sollte
    sondern sonst uber um und uns unser unter viel viele vom von vor war waren warum was wegen weil weiter welche wenn wer
    werden wie wieder will wir wird wirklich wo wohl wurde wurden zu zum zur zwei zwischen`,
  it: `ad ai al alla alle allo anche ancora anni avere bene che chi ci ciao col come con contro cosa cosi cui da dai dal
    dalla dalle degli dei del della delle dello di dopo dove due e ed era erano essere fa fare fatto fino fra gia gli grazie
    ha hai hanno ho il in io la le lei li lo loro lui ma mai me meglio mi mia mio molto nei nel nella nelle nello niente noi
    non nostra nostro nulla o ogni oggi per perche pero piu poi prima proprio qua qualche quando quanto quella quelle quelli
    quello questa queste questi questo qui quindi sara se sei sempre senza si sia siamo sono sta stata stato su sua sue sui
    sul sulla suo suoi te ti tra troppo tua tuo tutta tutte tutti tutto un una uno va voglio vi`,
  pt: `acho agora ai ainda algo alguem ao aos apenas aqui as assim ate bem bom cada com como contra da das de dela dele
    depois desde desse deste dia dias disse do dos e ela elas ele eles em entao entre era essa esse esta estamos estao estar
    estava este estou eu faz fazer fica foi foram gente ha hoje isso isto ja la lhe mais mas me mesmo meu meus minha
    minhas muita muito muitos na nada nao nas nem nessa neste no nos nossa nosso nunca o obrigado os ou outra outro para
    pela pelas pelo pelos pode por porque pra pro qual quando que quem quer quero sabe sao se seja sem sempre ser seu seus
    sim so sobre sou sua suas tambem tao te tem tenho ter teu tinha toda todas todo todos tudo um uma umas uns vai vamos vao
    ver vez voce voces vou`,
  nl: `aan al alle alleen als altijd ben bent bij daar dan dat de deze die dit doen door dus een eens en er gaan gaat geen
    goed haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je jij jullie kan kon kunnen maar me
    meer met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op over te tegen toch toen tot u uit van veel
    voor want waren was wat we wel werd wie wij wil worden zal ze zei zelf zich zij zijn zo zonder zou`,
};

/** Every list, for texts of any language. */
const everyStopWord: ReadonlySet<string> = new Set(
  Object.values(STOP_WORDS).flatMap((words) => words.split(/\s+/)),
);

export function isStopWord(word: string): boolean {
  return everyStopWord.has(word);
}
