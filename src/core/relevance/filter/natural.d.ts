/** natural types its index only; its index takes 1.9 s to import, so its modules are imported one by one. */
declare module 'natural/lib/natural/stemmers/porter_stemmer.js' {
  const stemmer: { tokenizeAndStem(text: string): string[] };
  export default stemmer;
}
