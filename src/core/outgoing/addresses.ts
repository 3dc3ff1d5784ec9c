/** Which addresses an outgoing request may go to: public ones, and those that the configuration names. Against requests
 *  forged through us (SSRF): a sink's URL must not reach what only this machine can reach. */

/** An address as its 128 bits; one of version 4 in its mapped form, so that `::ffff:127.0.0.1` is `127.0.0.1`. */
type Address = bigint;

interface Block {
  readonly base: Address;
  readonly shift: bigint;
}

const ADDRESS = /^(?:[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/;
const V4_BITS = 32n;
const V4_MAPPED = 0xffffn << V4_BITS;
const V4_MASK = 0xffff_ffffn;
const ADDRESS_BITS = 128;

/** Not public, with what they are: the special-purpose registries of IANA (RFC 6890 and its successors). The first that
 *  holds an address names it. */
const RESERVED = (
  [
    ['0.0.0.0/8', 'an unspecified'],
    ['10.0.0.0/8', 'a private'],
    ['100.64.0.0/10', 'a carrier-grade NAT'],
    ['127.0.0.0/8', 'a loopback'],
    ['169.254.0.0/16', 'a link-local'],
    ['172.16.0.0/12', 'a private'],
    ['192.0.0.0/24', 'a reserved'],
    ['192.0.2.0/24', 'a documentation'],
    ['192.88.99.0/24', 'a reserved'],
    ['192.168.0.0/16', 'a private'],
    ['198.18.0.0/15', 'a benchmarking'],
    ['198.51.100.0/24', 'a documentation'],
    ['203.0.113.0/24', 'a documentation'],
    ['224.0.0.0/4', 'a multicast'],
    ['240.0.0.0/4', 'a reserved'],
    ['::/128', 'an unspecified'],
    ['::1/128', 'a loopback'],
    ['fc00::/7', 'a unique local'],
    ['fe80::/10', 'a link-local'],
    ['fec0::/10', 'a site-local'],
    ['ff00::/8', 'a multicast'],
    ['2001::/23', 'a reserved'],
    ['2001:db8::/32', 'a documentation'],
    ['3fff::/20', 'a documentation'],
  ] as const
).map(([cidr, what]) => ({ block: knownBlock(cidr), what }));

const V4 = knownBlock('::ffff:0:0/96');
/** All of version 6 that is given out to the public lies in here. */
const GLOBAL_UNICAST = knownBlock('2000::/3');
/** Of version 6, and stands for an address of version 4: where its 32 bits begin. */
const EMBEDDING = [
  { block: knownBlock('2002::/16'), shift: 80n, name: '6to4' },
  { block: knownBlock('64:ff9b::/96'), shift: 0n, name: 'NAT64' },
];

/** Answers with what is wrong with an address, for people (`a loopback address`); undefined when a request may go there. */
export type AddressGuard = (address: string) => string | undefined;

/** `allowTo`: CIDRs, as `isCidr` takes them. */
export function createAddressGuard(allowTo: readonly string[]): AddressGuard {
  const allowed = allowTo.map(knownBlock);
  return (text) => {
    const address = parseAddress(text);
    if (address === undefined) return 'not an address';
    const wrapped = EMBEDDING.find(({ block }) => holds(block, address));
    const embedded = wrapped && V4_MAPPED | ((address >> wrapped.shift) & V4_MASK);
    if (allowed.some((block) => holds(block, address) || (embedded !== undefined && holds(block, embedded))))
      return undefined;
    const what = reservedAs(embedded ?? address);
    if (what === undefined || !wrapped || embedded === undefined) return what;
    return `the ${wrapped.name} form of ${v4Text(embedded)}, ${what}`;
  };
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export function isCidr(text: string): boolean {
  return parseBlock(text) !== undefined;
}

/** The addresses that a URL's host is by itself, without asking a name server: a literal in any spelling (`127.1`,
 *  `0x7f.1`, `2130706433`), or a name for this machine. Undefined for any other name. */
export function literalAddresses({ hostname }: URL): readonly string[] | undefined {
  if (/^(?:.+\.)?localhost\.?$/.test(hostname)) return ['127.0.0.1', '::1'];
  const text = withoutBrackets(hostname);
  return parseAddress(text) === undefined ? undefined : [text];
}

function reservedAs(address: Address): string | undefined {
  const found = RESERVED.find(({ block }) => holds(block, address))?.what;
  if (found !== undefined) return `${found} address`;
  return holds(V4, address) || holds(GLOBAL_UNICAST, address) ? undefined : 'a reserved address';
}

/** A block of version 6 that is wider than all of version 4 does not mean version 4: `::/0` opens nothing there. */
function holds({ base, shift }: Block, address: Address): boolean {
  if (shift > V4_BITS && address >> V4_BITS === V4_MAPPED >> V4_BITS) return false;
  return address >> shift === base >> shift;
}

function knownBlock(text: string): Block {
  const block = parseBlock(text);
  if (block === undefined) throw new RangeError(`'${text}' is not a CIDR such as 10.0.0.0/8 or fd00::/8`);
  return block;
}

function parseBlock(text: string): Block | undefined {
  const [, addressText = '', bitsText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const base = parseAddress(addressText);
  if (base === undefined) return undefined;
  const bitsMax = addressText.includes(':') ? ADDRESS_BITS : Number(V4_BITS);
  const bits = bitsText === undefined ? bitsMax : Number(bitsText);
  return bits > bitsMax ? undefined : { base, shift: BigInt(bitsMax - bits) };
}

/** The URL parser knows every spelling of both versions, and makes one of them. */
function parseAddress(text: string): Address | undefined {
  if (!ADDRESS.test(text)) return undefined;
  const url = text.includes(':') ? `http://[${text}]/` : `http://${text}/`;
  if (!URL.canParse(url)) return undefined;
  const host = withoutBrackets(new URL(url).hostname);
  return host.includes(':') ? v6Bits(host) : V4_MAPPED | v4Bits(host);
}

function v4Bits(dotted: string): bigint {
  return dotted.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function v6Bits(groups: string): bigint {
  const [head = [], tail] = groups.split('::').map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = tail ? Array.from({ length: 8 - head.length - tail.length }, () => '0') : [];
  return [...head, ...zeros, ...(tail ?? [])].reduce(
    (bits, group) => (bits << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

function v4Text(address: Address): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 0xffn)).join('.');
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
