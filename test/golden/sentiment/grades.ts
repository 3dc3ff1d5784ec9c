/** Pairs and ladders of short texts as people write them, written by hand: each text must score above the one before it. Any two
  people would order them so. */

/** `weaker < stronger`, by what makes the difference. */
export const PAIRS: Readonly<Record<string, string>> = {
  booster: `
    the show was good < the show was very good
    the show was good < the show was really good
    this song is nice < this song is so nice
    this phone is great < this phone is absolutely great
    i'm happy with my new haircut < i'm extremely happy with my new haircut
    my boss is so annoying < my boss is annoying
    the lecture was really boring < the lecture was boring
    the wifi here is extremely slow < the wifi here is slow
    the wifi is very slow < the wifi is slow
    customer service was incredibly rude < customer service was rude
    that was a totally stupid idea < that was a stupid idea
    i am very sad today < i am sad today
    feeling super tired and sick < feeling tired and sick
    the new album is cool < the new album is insanely cool
    my sister is so sweet < my sister is so so sweet
    dinner was tasty < dinner was really really tasty
    i'm so so angry right now < i'm angry right now
    we had fun tonight < we had so much fun tonight
    thanks for the help < thank you so much for the help
    i love this place < i absolutely love this place
    i really hate mondays < i hate mondays
    that movie was super scary and awful < that movie was awful
    the weather is lovely < the weather is truly lovely
    a very bad day at work < a bad day at work
    traffic is unbelievably bad this morning < traffic is bad this morning
    completely disappointed with this hotel < disappointed with this hotel
    the staff were helpful < the staff were extremely helpful
    he's a pretty bad singer < he's a fine singer
    most annoying ad ever < annoying ad
    what a good game < what an incredibly good game
  `,
  dampener: `
    the show was kind of good < the show was good
    the show was slightly good < the show was good
    dinner was somewhat nice < dinner was nice
    i'm a bit happy about it < i'm so happy about it
    i sort of like this song < i like this song
    kinda love this song < really love this song
    the lecture was boring < the lecture was a bit boring
    the lecture was boring < the lecture was slightly boring
    my boss is annoying < my boss is kind of annoying
    the soup was terrible < the soup was kind of bad
    i'm sad < i'm a little sad
    i'm disappointed < i'm a bit disappointed
    that was rude < that was somewhat rude
    this app is slow < this app is kinda slow
    hate this weather < kinda hate this weather
    the book was almost good < the book was good
    mildly interesting talk < very interesting talk
    he's fairly nice < he's so nice
    the hotel was ok < the hotel was very nice
    room is dirty < room is slightly dirty
    the ending was bad < the ending was a little bad
    it was sorta fun < it was fun
    i am worried < i am a little worried
    feeling sick < feeling a tiny bit sick
    barely enjoyed it < enjoyed it
  `,
  caps: `
    this is great < this is GREAT
    i love it < i LOVE it
    the service was HORRIBLE < the service was horrible
    this game is awesome < THIS GAME IS AWESOME
    i HATE this class < i hate this class
    we won, so happy < we won, SO HAPPY
    worst. day. EVER. < bad day.
    the food was DISGUSTING < the food was disgusting
    such a beautiful view < such a BEAUTIFUL view
    my phone is so SLOW < my phone is so slow
    yay for snow days < YAY for snow days
    that was AWFUL < that was awful
    you are the best < you are THE BEST
    i'm ANGRY about this < i'm angry about this
    good morning < GOOD MORNING
  `,
  exclamation: `
    what a great day < what a great day!
    what a great day! < what a great day!!!
    i love this show < i love this show!!
    thank you < thank you!!!
    this is terrible!!! < this is terrible
    i hate this!! < i hate this
    happy birthday < happy birthday!!!
    congrats on the new job < congrats on the new job!!!
    my flight got cancelled again!!! < my flight got cancelled again
    worst service ever!!! < worst service ever
    the cake is delicious < the cake is delicious!!
    so excited for tonight < so excited for tonight!!!
    that goal was amazing < that goal was amazing!!!!
    stop being so mean!!! < stop being so mean
    best concert of my life < best concert of my life!!!
    this is bullshit!!! < this is bullshit
    the app keeps crashing!!! < the app keeps crashing
    you are a liar!!! < you are a liar
    nice work < nice work!
    the room smells bad!! < the room smells bad
    are you serious?? this is awful < this is fine
    why is everyone so rude??? < everyone is polite today
    is it good? < it is good
    is this even worth it? < this is worth it
    was the movie any good? < the movie was good
  `,
  elongation: `
    so happy < so happyyyy
    i love you < i loveeee you
    this is terriiible < this is fine
    this is terriiible < this is kind of bad
    it was horribleeee < it was ok
    so cute < soooo cute
    so sad < i am ok
    sooooo tired and sick < tired
    i'm good < i'm sooo good
    this is good < this is goooood
    noooo my phone broke < my phone is new
    yes < yesss
    yay < yayyyy
    i miss you soooo much, so sad < i miss you a bit
    that's nice < that's niceeee
    amazing < amaaaazing
    ok < awesomeeee
    ughhhh this day < this day
    i haaate this song < this song is ok
    i haaate this song < i like this song
    so boring < so fun
    sooooo boring < a bit boring
    the worsttttt < not the best
    that's a thing < hahahaha that's hilarious
    thanks < thankssss so much
  `,
  negation: `
    the show was not good < the show was good
    this is not great < this is great
    i don't like this song < i like this song
    i don't love it < i love it
    the movie was bad < the movie was not bad
    the movie was terrible < the movie wasn't terrible
    i hate it < i don't hate it
    not a good day < a good day
    it was very bad < it was not very good
    it was not very good < it was very good
    it was not good < it was not very good
    it was not good at all < it was good
    never been sadder < never been happier
    i've been happy < i've never been happier
    never again going to this place < going to this place
    no fun at all today < lots of fun today
    not happy about this < happy about this
    this isn't funny < this is funny
    not the best pizza < the best pizza
    i can't stand this guy < i can stand this guy
    the party is on friday < can't wait for the party
    i do not trust them < i trust them
    there are problems < there are no problems
    a problem with my order < no problem with my order
    she isn't mean < she is not nice
    there's nothing good on tv < something good on tv
    the food lacks flavor < the food has great flavor
    without a doubt the worst meal < without a doubt the best meal
    wasn't worth the money < worth the money
    it won't work < it works
    couldn't be worse < couldn't be better
    not a fan of this < a fan of this
    i am not ok < i am ok
    hardly a good idea < a good idea
    it's awful < it's not awful
    i'm scared < i'm not scared
    it doesn't suck < it's great
    it sucks < it doesn't suck
    always disappoints < never disappoints
    not bad < great
    awful < not great
  `,
  but: `
    the food was great but the service was terrible < the service was terrible but the food was great
    good camera but bad battery < bad battery but good camera
    i love the phone but the screen broke < i love the phone
    nice hotel but so noisy < noisy hotel but so nice
    it was good but way too expensive < it was good
    it was bad < it was bad but we laughed a lot
    i was happy but now i'm sad < i was sad but now i'm happy
    great trailer but the movie sucked < great trailer and great movie
    she's pretty but so rude < she's pretty and so sweet
    the team lost < the team lost but they played great
    tired < tired but so happy
    long day < long day but so worth it
    it hurts < it hurts but i'm getting better
    it was fun until i got sick < it was fun
    the plot is stupid < the plot is stupid but i love it
    i want to like it but it's boring < i like it
    hate the rain < hate the rain but love the smell
    pretty dress but terrible quality < pretty dress, great quality
    the concert was late < the concert was late but amazing
    not perfect < not perfect but really good
  `,
  emoticon: `
    on my way home < on my way home :)
    see you tomorrow < see you tomorrow :D
    see you tomorrow :( < see you tomorrow
    at work :( < at work
    at work < at work :)
    i miss my dog :'( < i miss my dog :)
    good night < good night <3
    ok :( < ok :)
    good job :) < good job :D
    that's great < that's great :)
    that's sad :( < that's sad
    my team lost :( < my team lost
    just got home < just got home ;)
    new haircut :/ < new haircut :)
    i love you < i love you <3
    </3 < <3
    :( < :|
    :| < :)
    :) < :D
    D: < :P
    happy friday < happy friday :D
    no classes today < no classes today :)
    cold pizza again :( < cold pizza again
    i'm sick :( < i'm sick
    so excited < so excited :D
  `,
  emoji: `
    😢 < 😂
    😡 < 😐
    😐 < 😊
    💔 < ❤️
    😭💔 < 🙂
    going home < going home 😊
    going home 😢 < going home
    i love you < i love you 😍
    i hate this 😡 < i hate this
    thank you < thank you 🙏❤️
    great game < great game 🎉🎉
    my phone died 😭 < my phone died
    that was disgusting 🤢 < that was disgusting
    👎 < 👍
    nice < nice 👍
    new shoes 😍 < new shoes
    meeting at 9 😒 < meeting at 9
    exam tomorrow 😩 < exam tomorrow
    exam done < exam done 🎉
    happy bday < happy bday 🎂🎉❤️
  `,
  slang: `
    this sux < this rocks
    this sux < this is ok
    meh < yay
    meh < ok good
    lol < rofl that's hilarious
    that was funny < lol that was funny
    wtf is wrong with people < people are ok
    fml < life is ok
    smh at this game < this game
    i like it < omg i love it
    this is a thing < this is dope
    so-so < fucking great
    the show was great < the show was fucking great
    the show was fucking terrible < the show was terrible
    that's good < damn that's good
    damn this is bad < this is bad
    fuck this shit < this is a thing
    i like you < i fucking love you
    i fucking hate this < i hate this
    holy shit this is amazing < this is good
    shitty weather < weather
    crappy hotel < nice hotel
    this is crap < this is fine
    you suck < you rock
    such a bitch < such a person
    he's a dick < he's a nice guy
    ugh monday < monday
    weekend < woohoo weekend
    video < lmao best video ever
    bored af < bored
    a bit happy < happy af
    this is ok < this slaps, so good
    that concert happened < that concert was lit
    good one < haha good one
    day < gr8 day
    see u < luv u
    ok < thx so much
    epic fail < epic win
    lame party < party
    so good < wow so good
  `,
  grade: `
    good < great
    great < amazing
    ok < good
    bad < ok
    awful < bad
    terrible < bad
    horrible < not great
    nice < wonderful
    like < love
    hate < dislike
    decent movie < excellent movie
    fine food < fantastic food
    sad < ok
    tragic < sad
    annoying < fine
    furious < annoyed
    devastated < sad
    pleased < thrilled
    disgusting food < bad food
    cute < gorgeous
    fun day < best day ever
    i was annoyed < i was content
    bad idea < perfect idea
    worst idea < bad idea
    i'm fine < i'm ecstatic
    the view is pretty < the view is breathtaking
    interesting < brilliant
    he's an idiot < he's a bit silly
    poor service < excellent service
    horrific crash kills three < minor crash, nobody hurt
    they murdered him < they insulted him
    i adore her < i like her
    this is unacceptable < this is acceptable
    a disaster < a small mistake
    mediocre < superb
  `,
  mixed: `
    some good, some bad < all good
    all bad < some good, some bad
    nice food, rude staff < nice food, nice staff
    happy and sad at once < happy and excited
    love the song, hate the video < love the song and the video
    slow and ugly < fast and ugly
    fast and ugly < fast and beautiful
    great price, broken on arrival < great price, perfect on arrival
    good acting, terrible script < good acting, good script
    i laughed and i cried < i laughed and laughed
  `,
  hashtag: `
    stuck in traffic #fail < stuck in traffic
    stuck in traffic #hate < stuck in traffic
    lunch with mom < lunch with mom #love
    lunch with mom < lunch with mom #blessed
    monday again #tired < monday again
    new job < new job #excited
    flight delayed #angry < flight delayed
    concert tonight < concert tonight #happy #fun
    @airline #worstairline < @airline #bestairline
    #SoSad about this < #SoHappy about this
    my cat #cute < my cat #soCute #love
    exam #failed < exam #passed
    date night < date night #amazing
    this coach #disgrace < this coach
    rainy day #depressing < rainy day
  `,
  'near zero': `
    my car was stolen last night < the bus leaves at nine
    the bus leaves at nine < what a lovely bus ride
    i have a meeting on tuesday < i got the job!
    someone died in the fire < the store opens at noon
    the store opens at noon < free ice cream at the store, yay
    reading a book < loving this book
    reading a book < reading a wonderful book
    this book is trash < reading a book
    he said hello < he said something nice
    he said something cruel < he said hello
    watching tv < watching tv and having a great time
    watching tv feeling lonely < watching tv
    new post on my blog < so proud of my new post
    the meeting is at 5 < the meeting was a success
    the meeting was a waste of time < the meeting is at 5
  `,
};

/** From the most negative to the most positive. */
export const LADDERS = `
  terrible | kind of bad | ok | pretty good | amazing | AMAZING!!!
  awful | bad | not good | good | very good | excellent
  i hate it | i don't like it | it's ok | i like it | i love it | i LOVE it!!!
  i really hate this | i hate this | i dislike this | i don't mind this | i like this
  the worst movie ever!!! | a bad movie | a so-so movie | a good movie | the best movie ever!!!
  worst day ever | bad day | normal day | good day | best day ever
  extremely rude staff | rude staff | staff | friendly staff | extremely friendly staff
  i'm devastated | i'm sad | i'm ok | i'm happy | i'm ecstatic!!
  very slow | slow | a bit slow | fast | very fast
  so disappointed | disappointed | a bit disappointed | satisfied | very satisfied
  this sux | meh | this is ok | this is cool | this is fucking awesome
  lunch was DISGUSTING!!! | lunch was disgusting | lunch was ok | lunch was tasty | lunch was so tasty!!
  😡😡😡 | 😢 | 😐 | 🙂 | 😍😍😍
  :'( | :/ | :) | :D
  terrible service :( | poor service | decent service | great service | great service :D
  the game was horrible | the game was bad | the game was on tv | the game was good | the game was incredible
  fuck this place | this place is bad | this place | this place is nice | i fucking love this place
  hate hate hate this | hate this | not a fan | fan | huge fan
  not good at all | not very good | good | very good | really really good!
  furious | annoyed | calm | glad | overjoyed
  my flight was cancelled and they were rude!!! | my flight was cancelled | my flight is at 6 | my flight was nice | my flight was wonderful!!
  ugly | not pretty | pretty | very pretty | gorgeous
  horrible boss | annoying boss | my boss | nice boss | best boss ever
  i'm so sick :( | i'm sick | i'm feeling a bit sick | i'm feeling fine | i'm feeling great
  such a stupid, stupid idea | stupid idea | idea | smart idea | brilliant idea!
  the food was great but the service was awful | the service was awful but the food was great | the food was great and the service was great
  the food was terrible and cold | the food was cold | the food was ok | the food was great
  epic fail | fail | try | win | epic win
  he's evil | he's mean | he's a man | he's nice | he's an angel
  i'm terrified | i'm scared | i'm a little nervous | i'm calm | i'm excited!
  boring as hell | boring | a bit boring | interesting | fascinating
  painful, awful surgery | painful surgery | surgery on monday | successful surgery
  worst birthday :( | birthday | happy birthday | happy birthday! | HAPPY BIRTHDAY!!! <3
  i want to cry | i'm not happy | i'm not unhappy | i'm happy | i'm so happy i could cry
  this phone is total garbage | this phone is bad | this phone is a phone | this phone is good | this phone is perfect
  the weather is miserable | the weather is cold and wet | the weather is fine | the weather is beautiful
  rain again :( #depressing | rain again | sun again | sun again :) #happy
  crappy hotel, dirty room | dirty room | room 12 | clean room | lovely clean room
  lost my job and my wallet | lost my wallet | bought a wallet | found my wallet, lucky me!
  my dog died | my dog is sick | my dog is asleep | my dog is cute | my dog is the cutest ever!!
  hope you die | you are mean | you are here | you are kind | you are the kindest person ever
  thanks for nothing | no thanks | thanks | thanks a lot! | thank you so much!!! you are the best
  traffic is a nightmare | traffic is bad | traffic | traffic is light today, nice
  lol this is stupid and awful | lol ok | lol that was funny | lol that was the funniest thing ever
  what a disgusting liar | what a liar | what a person | what a sweet person | what an amazing person!!
  rip, so heartbroken 💔 | sad news | news | good news | fantastic news 🎉
  scam! do not buy!!! | do not buy | buy | good buy | great buy, love it!
  the hotel was filthy and the staff rude | the hotel was just ok | the hotel was nice | the hotel was absolutely stunning
  fucking idiots | idiots | people | good people | fucking awesome people
  ugh, worst class ever | boring class | class at 10 | fun class | best class ever!
  i'm in so much pain | i'm in pain | i'm in bed | i'm in love
  really bad headache today | bad headache | a slight headache | no headache today :)
  he failed badly | he failed | he tried | he did well | he did amazingly well
  horrible, horrible news | bad news | no news | good news | great news!!
  i regret everything | i regret buying this | i bought this | i'm glad i bought this | i'm so glad i bought this!!
  never going back, awful | not going back | going back | can't wait to go back!
  the new update sucks | the new update is ok | the new update is good | the new update is awesome
  total waste of money | not worth it | worth it | totally worth every penny
  abuse and murder | a fight | a talk | a hug | love and happiness
  meh | nice | wow nice | WOW so nice!!
  creepy and disgusting | creepy | weird | cool | super cool
`;
