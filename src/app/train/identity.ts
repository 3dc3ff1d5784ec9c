/** What copies of a text share: letters and digits of any script only, since copies differ in escapes and marks. */
export const identityOf = ({ text }: { readonly text: string }): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .slice(0, 80);
