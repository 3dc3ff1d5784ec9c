/** Text out of the HTML that some sources send. Linear in the length of its input. */
import { decodeHTML, decodeHTMLStrict } from 'entities';

/** What nobody writes by chance: a closing tag, a bare block tag, or a tag with an attribute. `a < b > c` and `<3` are none. */
const MARKUP =
  /<\/(?:p|a|b|i|u|s|em|strong|div|span|ul|ol|li|h[1-6]|blockquote|code|pre|small|del|sub|sup|table|tr|td|th)\s{0,3}>|<(?:p|br|hr|div)\s{0,3}\/?>|<(?:a|p|img|div|span)\s{1,3}[a-z-]{1,32}\s{0,3}=/i;
const ENTITY = /&(?:[a-z][a-z0-9]{1,31}|#\d{1,7}|#x[0-9a-f]{1,6});/i;

/** A tag at this position; each alternative begins differently and none passes a `<`, so that no input is read twice. */
const TAG = /<\/?([a-z][a-z0-9:-]{0,63})(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/iy;
const BLOCKS = new Set(
  'p br hr div li ul ol h1 h2 h3 h4 h5 h6 blockquote pre tr table section article header footer'.split(' '),
);
const UNREAD = new Map([
  ['script', /<\/script\b/gi],
  ['style', /<\/style\b/gi],
]);

/** Whether a text of unknown format is HTML. */
export function looksLikeHtml(text: string): boolean {
  return MARKUP.test(text);
}

/** Plain text of unknown origin in which `&amp;` stands for `&`, as some networks send it. */
export function unescapeEntities(text: string): string {
  return ENTITY.test(text) ? decodeHTMLStrict(text) : text;
}

/** The text that a browser would show: tags, comments, scripts and styles gone, blocks on lines of their own, entities
 *  decoded. A `<` that begins no tag stays. */
export function htmlToText(html: string): string {
  const source = html.replace(/\s+/g, ' ');
  let out = '';
  let at = 0;
  for (let open = source.indexOf('<'); open !== -1; open = source.indexOf('<', at)) {
    out += source.slice(at, open);
    const markup = markupAt(source, open);
    out += markup.text;
    at = markup.end;
  }
  return decodeHTML((out + source.slice(at)).replace(/ ?\n[ \n]*/g, '\n'));
}

/** Where the markup that begins at `open` ends, and what stands for it. */
function markupAt(source: string, open: number): { end: number; text: string } {
  if (source.startsWith('<!--', open)) {
    const close = source.indexOf('-->', open + 4);
    return { end: close === -1 ? source.length : close + 3, text: '' };
  }
  TAG.lastIndex = open;
  const tag = TAG.exec(source);
  if (tag === null) return { end: open + 1, text: '<' };
  const name = (tag[1] ?? '').toLowerCase();
  const end = open + tag[0].length;
  const closing = source[open + 1] === '/' ? undefined : UNREAD.get(name);
  if (closing === undefined) return { end, text: BLOCKS.has(name) ? '\n' : '' };
  closing.lastIndex = end;
  return { end: closing.exec(source)?.index ?? source.length, text: '' };
}
