/** `1 post`, `80 posts`; `shown` is how the number is written. */
export function countOf(count: number, noun: string, shown = String(count)): string {
  return `${shown} ${noun}${count === 1 ? '' : 's'}`;
}
