/** Where a text holds addresses of the web: numbers in their paths name things, not people. */

const ADDRESS = /(?:[a-z]{2,8}:\/\/|www\.)[^\s<>"]+/gi;

export interface WebAddress {
  readonly start: number;
  readonly end: number;
}

/** The address that covers an offset, or undefined. */
export type AddressAt = (offset: number) => WebAddress | undefined;

/** Looks for them when the first one is asked for. */
export function webAddresses(text: string): AddressAt {
  let addresses: readonly WebAddress[] | undefined;
  return (offset) => find((addresses ??= read(text)), offset);
}

function read(text: string): WebAddress[] {
  if (!text.includes('://') && !/www\./i.test(text)) return [];
  return [...text.matchAll(ADDRESS)].map(({ 0: address, index }): WebAddress => ({
    start: index,
    end: index + address.length,
  }));
}

function find(addresses: readonly WebAddress[], offset: number): WebAddress | undefined {
  let [low, high] = [0, addresses.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const address = addresses[middle];
    if (address === undefined) return undefined;
    if (address.end <= offset) low = middle + 1;
    else if (address.start > offset) high = middle - 1;
    else return address;
  }
  return undefined;
}
