/** Words for who people are: nations, faiths, orientation, gender identity, disability. What is said of one group must not
 *  weigh otherwise than the same said of another, whatever training texts said of each: all these words are one. */
import { indexOfWords } from './function-words.ts';

const GROUPS = indexOfWords(
  'african albanian algerian american arab arabic argentinian armenian asian australian austrian bangladeshi belgian ' +
    'brazilian british bulgarian cambodian canadian chilean chinese colombian congolese croatian cuban czech danish dutch ' +
    'egyptian english eritrean estonian ethiopian european filipino finnish french german ghanaian greek haitian hungarian ' +
    'icelandic indian indonesian iranian iraqi irish israeli italian jamaican japanese jordanian kenyan korean kurdish ' +
    'latino latina latvian lebanese libyan lithuanian malaysian mexican mongolian moroccan nepali nigerian norwegian ' +
    'pakistani palestinian peruvian persian polish portuguese romanian russian rwandan saudi scottish senegalese serbian ' +
    'singaporean slovak slovenian somali spanish sudanese swedish swiss syrian taiwanese tamil thai tunisian turkish ' +
    'ugandan ukrainian venezuelan vietnamese welsh yemeni zimbabwean ' +
    'atheist buddhist catholic christian hindu jain jew jewish jews christians hindus muslim muslims mormon orthodox ' +
    'protestant quaker shia sikh sunni ' +
    'autistic bisexual blind deaf disabled dyslexic gay heterosexual homosexual intersex lesbian lgbt lgbtq nonbinary queer ' +
    'straight trans transgender',
);

/** The form of all of them: shares no letters with any word. */
export const GROUP_FORM = '⁂';

/** Whether a word stands for a group, by the hash of its compared form. */
export const isGroup = (hash: number): boolean => GROUPS.get(hash) >= 0;
