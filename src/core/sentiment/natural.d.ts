/** natural types its index only; its index takes 1.9 s to import, so its modules are imported one by one. */
declare module 'natural/lib/natural/tokenizers/aggressive_tokenizer.js' {
  export default class AggressiveTokenizer {
    tokenize(text: string): string[];
  }
}
