/** Links in one form, so that two posts of one page name the same link. */

/** Parameters that say where a click came from, not what it leads to. */
const TRACKING =
  /^(?:utm_|mc_)|^(?:fbclid|gclid|dclid|igshid|igsh|ref|ref_src|ref_url|cmpid|ncid|s|feature)$/;

/** A link in a text, up to white space or a mark that does not belong to it. */
const IN_TEXT = /\bhttps?:\/\/[^\s<>"“”]{1,2048}/giu;
const TRAILING = /[.,;:!?)\]}'’…]+$/u;

/** Where a link stands in a text. */
export interface LinkPlace {
  readonly start: number;
  readonly end: number;
}

export interface LinkSpan extends LinkPlace {
  /** Undefined when it was cut off, or names only a site. */
  readonly link: string | undefined;
}

const NO_PLACES: readonly LinkPlace[] = [];

/** Host without `www.` and `m.`, path without a trailing slash, parameters sorted and without tracking; no scheme and no
 *  fragment. Undefined when it is no link, or leads to no page of its own. */
export function canonicalLink(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, pathname, searchParams } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  const kept = [...searchParams].filter(([name]) => !TRACKING.test(name.toLowerCase()));
  const query = kept
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
  const path = pathname.replace(/\/{1,64}$/, '');
  if (path === '' && query === '') return undefined;
  return hostname.toLowerCase().replace(/^(?:www|m|mobile)\./, '') + path + (query === '' ? '' : `?${query}`);
}

/** Where the links of a text are. */
export function linkPlaces(text: string): readonly LinkPlace[] {
  if (!text.includes('://')) return NO_PLACES;
  const places: LinkPlace[] = [];
  IN_TEXT.lastIndex = 0;
  for (let found = IN_TEXT.exec(text); found !== null; found = IN_TEXT.exec(text))
    places.push({ start: found.index, end: IN_TEXT.lastIndex });
  return places;
}

/** The same, and where they lead. */
export function linksIn(text: string): LinkSpan[] {
  return linkPlaces(text).map(({ start, end }) => {
    const found = text.slice(start, end);
    const isCut = found.endsWith('…') || found.endsWith('...');
    return { start, end, link: isCut ? undefined : canonicalLink(found.replace(TRAILING, '')) };
  });
}
