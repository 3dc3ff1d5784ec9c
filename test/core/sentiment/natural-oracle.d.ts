/** The oracle of the natural engine: natural's own analyzer, which the engine does not load. */
declare module 'natural/lib/natural/sentiment/SentimentAnalyzer.js' {
  export default class SentimentAnalyzer {
    constructor(language: 'English', stemmer: undefined, vocabulary: 'afinn');
    getSentiment(words: readonly string[]): number;
  }
}
