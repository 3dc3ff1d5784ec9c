/** Emoji (hearts, skin tones, joined sequences, those that mean both) and emoticons, and what only looks like one. */
import type { CaseTable } from './case.ts';

export const SYMBOL_CASES: CaseTable = {
  emoji: {
    positive: [
      'Look at this little one 💓',
      'New puppy day 💓💓',
      'This ending was beautiful 😭😭',
      'I cannot believe how kind you all are 😭❤️',
      'The set list tonight 🔥🔥🔥',
      '💀💀 that clip is so funny',
      'Thanks ❤️',
      '👍🏽',
      'Our team 💪🏾👏🏾',
      'Home at last with the kids 👨‍👩‍👧‍👦❤️',
      '😍',
      'You did it 🥹🎉',
      'Refund arrived 🙏🏼',
      'She said yes 💍🥰',
      'That goal 🤯🤩',
      'I laughed until I cried 😂😂',
    ],
    negative: [
      'my flight got cancelled 😭',
      'This support chat is a joke 😂',
      '👎🏿',
      '🤮 this milkshake',
      'Stood in line since six 😡',
      'Mondays 😩',
      'Waiting for the plumber 🙄',
      '💔 they sold out before my turn',
      'Missed the last bus home 😢',
      '🤦🏽‍♀️ wrong order for the third time',
      'Two hours on hold 🤬🤬',
      'kinda funny how the bill doubled 🙃',
    ],
    neutral: [
      'The meeting is at nine 🕘',
      'Platform 7 🚆 10:15',
      'The recipe needs 2 🥚 and 1 🍋',
      'Maintenance on Saturday 🔧 from 8 to 10',
      'Bin day is now Wednesday ♻️',
      '📅 Next session: 14 March',
    ],
    'neutral or positive': [
      'not him singing to the toaster 💀😂',
      '🏳️‍🌈 parade starts at noon on Main Street',
      'That sushi 🤌🤌',
    ],
  },

  emoticon: {
    positive: [
      'Package is here :)',
      'We won the quiz :D',
      '<3 this band',
      'My exam is over \\o/',
      'Got the seat by the window =)',
    ],
    negative: [
      'Package is still not here :(',
      'The last slice was gone >:(',
      "it rained on our wedding :'(",
      '</3 the shop is closing',
      'Forgot my keys again -_-',
      'Train cancelled D:',
      'They closed my account without a word :/',
    ],
    neutral: [
      'Delivery between 8:00 and 10:00',
      'Score after the first set: 6:3',
      'List: 7) glue 8) paper 9) tape',
      'Saved under C:/Documents/plans',
    ],
    'neutral or positive': ['See you there ;-)', 'xD that costume'],
  },
};
