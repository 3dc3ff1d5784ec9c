/** Addresses of the web, as far as `link:` and `url:` look at them: a host and a path. */

export interface Address {
  /** Lower case; international names in their ASCII form (`xn--…`). */
  readonly host: string;
  /** With its first `/`, as written; empty when there is none. Without query and fragment. */
  readonly path: string;
}

const PARTS =
  /^(?:(?:[a-z][a-z0-9+.-]{0,15}:)?\/\/)?(?:[^/?#@]{0,256}@)?([^/?#:]{1,253})(?::\d{1,5})?(\/[^?#]*)?/i;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/;
const ASCII = /^[\x21-\x7e]*$/;

function asciiHost(host: string): string {
  if (ASCII.test(host)) return host.toLowerCase();
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
}

/** The address that is written there, with or without `https://`; undefined when its host is no domain. */
export function readAddress(written: string): Address | undefined {
  const [, host = '', path = ''] = PARTS.exec(written) ?? [];
  const ascii = asciiHost(host.replace(/\.$/, ''));
  return HOST.test(ascii) ? { host: ascii, path } : undefined;
}

const NONE: readonly never[] = [];

/** The domains of the addresses, and every domain that they are below of: `a.b.example` and `b.example`. */
export function domainsOf(addresses: readonly Address[]): readonly string[] {
  if (addresses.length === 0) return NONE;
  const domains: string[] = [];
  for (const { host } of addresses)
    for (let at = 0; host.includes('.', at); at = host.indexOf('.', at) + 1) domains.push(host.slice(at));
  return domains;
}

/** Whether the address is on the domain or below it, and under the path, whole steps of it. */
export function isUnder({ host, path }: Address, domain: string, under: string): boolean {
  if (host !== domain && !host.endsWith(`.${domain}`)) return false;
  return under === '' || path === under || path.startsWith(`${under}/`);
}

const TRAILING = /[.,;:!?)\]}'…]+$/;
const IN_TEXT = /(?:https?:\/\/|\b(?:www|WWW)\.)[^\s<>"“”]{1,2048}/gi;

/** The addresses of `links`, and those that are written out in the text with `http://`, `https://` or `www.`. */
export function addressesIn(links: readonly string[], text: string): readonly Address[] {
  // Looking for what every address in a text holds is far cheaper than the pattern.
  const inText = text.includes('://') || text.includes('www.') || text.includes('WWW.');
  if (links.length === 0 && !inText) return NONE;
  const written = inText ? text.match(IN_TEXT)?.map((found) => found.replace(TRAILING, '')) : undefined;
  return [...links, ...(written ?? NONE)].flatMap((found) => readAddress(found) ?? NONE);
}
