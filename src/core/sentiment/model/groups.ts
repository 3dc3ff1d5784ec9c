/** Words for who people are: nations, faiths, orientation, gender identity, disability. What is said of one group must not
 *  weigh otherwise than the same said of another, whatever training texts said of each: all these words are one. */
const GROUPS = new Set(
  (
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
    'straight trans transgender'
  ).split(' '),
);

/** The form of all of them: shares no letters with any word. */
const GROUP_FORM = '⁂';

/** The compared form of a word, or the one that stands for all groups of people. */
export const groupForm = (form: string): string => (GROUPS.has(form) ? GROUP_FORM : form);
