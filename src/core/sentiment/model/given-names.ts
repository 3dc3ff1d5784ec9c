/** Given names from many places. A message must not weigh otherwise because of who is named in it, whatever training texts said of
 *  people of that name: all these names are one word. Left out are names that are words as well (`will`, `grace`, `mia`), and those by
 *  which mostly one well-known person is meant (`hillary`, `kanye`): of these, texts do say something. */
import { indexOfWords } from './function-words.ts';

const NAMES = indexOfWords(
  'aaron abdul abdullah abigail adam adrian ahmad ahmed aidan aisha akash alan alejandro alessandro alexander alexandra ali ' +
    'alicia alison allison amanda amir amit amy ana andre andrea andrew andrzej anita anja anna anne annie antonio arjun arthur ' +
    'arun ashley ayesha barbara beatriz ben benjamin bernard beth betty bjorn brad bradley brandon brenda brian bruno caitlin ' +
    'carla carlos carmen caroline carrie catherine cathy cecilia charlotte chen chidi chinedu chloe christina christine ' +
    'christopher cindy claudia colin connor craig cynthia daniel daniela darnell darren david debbie deborah deepak denise dennis ' +
    'derek diana diego dimitri dmitri dmitry dominik donna doris dorothy dylan ebony edith eduardo edward eileen elaine elena ' +
    'elif elizabeth ellen emeka emily emma enrique eric erik erin esther ethan eugene eva evelyn fatima fatma fernando fiona ' +
    'florian francesca francesco francois gareth gary geoffrey george gerald giorgio giovanni giulia gordon graham greg gregory ' +
    'guadalupe gulsen hamza hana hannah hans hasan hassan hector heinz helen helga henrik henry hiroshi hussein hyun ian ibrahim ' +
    'igor ingrid irina isaac isabel isabella ismail ivan jacob jacqueline jamal james jana janet janice jason javier jeffrey ' +
    'jennifer jenny jeremy jerome jessica jill jimmy joan joanna joao joel johan johannes john jonathan joon jorge jose joseph ' +
    'joshua juan judith judy julia julian julie jürgen kareem karim karl katarzyna kate katherine kathleen kathy katja kavita ' +
    'keisha keith kelly kenji kenneth kerry kevin khadija khalid kumar kurt kwame lakisha lars lashonda latoya laura lauren ' +
    'laurent leah leila leonardo leroy leticia liam ling lisa lorenzo louise lucas lucia lucy luis lukas luke magdalena mahmoud ' +
    'manuel marcel marcus marek margaret maria mariam marie martha martin mary maryam mateo matteo matthew matthias maureen ' +
    'mehmet mei melissa michael michelle miguel mikhail ming miriam mohamed mohammad mohammed mohit moshe muhammad murat mustafa ' +
    'nadia nancy naomi natalia natalie nathan neha neil ngozi nguyen nicholas nicola nicole nikhil nikita noah nora oksana olga ' +
    'oliver olivia omar osman pablo pamela paolo patricia patrick paul paula pawel pedro peggy peter petra philip phillip piotr ' +
    'pooja priya rachel rafael rahul raj rajesh ralph ramesh ramon raquel rasheed rashid ravi raymond rebecca rekha renate ' +
    'ricardo richard robert roberta roberto rodrigo rohan roland ronald rosa roxanne ruth ryan sabine sally salma samantha ' +
    'samir samuel sandra sanjay sara sarah sean sebastian sergei sergey sergio shanice shannon sharon sheila shirley simon sofia ' +
    'sonia sophia sophie stacey stefan stefano stephanie stephen steve steven stuart sunil suresh susan susanne sven svetlana ' +
    'sylvia tamara tanisha tanya tariq tatiana terence teresa thabo theresa thomas tiffany timothy tobias todd tomasz tracy ' +
    'tremayne tyrone ursula usman valentina valerie vanessa veronica vijay vikram viktor vincent walter wanda wei wendy wilhelm ' +
    'william wojciech xavier yasmin yolanda youssef yuki yuri yusuf yvonne zainab zhang zoe',
);

/** The form of all of them: shares no letters with any word. */
export const NAME_FORM = '⁑';

/** Whether a word is a given name, by the hash of its compared form, without `'s`. */
export const isGivenName = (stemHash: number): boolean => NAMES.get(stemHash) >= 0;
