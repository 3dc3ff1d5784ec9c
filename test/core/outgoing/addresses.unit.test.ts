/** Goal: no spelling of an address that is not public passes, every public one does, and a CIDR lets through what it
 *  covers and nothing beside it. */
import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import { createAddressGuard, isCidr, literalAddresses } from '../../../src/core/outgoing/addresses.ts';

/** Address, what it is, a CIDR that allows it, one beside it that does not. */
test.each<[address: string, what: string, within: string, beside: string]>([
  ['0.0.0.0', 'an unspecified address', '0.0.0.0/32', '0.0.0.1/32'],
  ['10.1.2.3', 'a private address', '10.0.0.0/8', '10.1.2.2/32'],
  ['100.64.0.1', 'a carrier-grade NAT address', '100.64.0.0/10', '100.65.0.0/16'],
  ['127.0.0.1', 'a loopback address', '127.0.0.1', '127.0.0.2/32'],
  ['127.255.255.254', 'a loopback address', '127.0.0.0/8', '127.0.0.0/9'],
  ['169.254.169.254', 'a link-local address', '169.254.0.0/16', '169.253.0.0/16'],
  ['172.31.255.255', 'a private address', '172.16.0.0/12', '172.16.0.0/13'],
  ['192.168.0.1', 'a private address', '192.168.0.0/24', '192.168.1.0/24'],
  ['198.19.0.1', 'a benchmarking address', '198.18.0.0/15', '198.18.0.0/16'],
  ['203.0.113.9', 'a documentation address', '203.0.113.0/24', '203.0.112.0/24'],
  ['239.1.1.1', 'a multicast address', '224.0.0.0/4', '224.0.0.0/5'],
  ['255.255.255.255', 'a reserved address', '240.0.0.0/4', '240.0.0.0/5'],
  ['::', 'an unspecified address', '::/128', '::1/128'],
  ['::1', 'a loopback address', '::1', '::2'],
  ['::ffff:127.0.0.1', 'a loopback address', '127.0.0.0/8', '::1/128'],
  ['::ffff:7f00:1', 'a loopback address', '::ffff:7f00:0/104', '10.0.0.0/8'],
  ['::127.0.0.1', 'a reserved address', '::/96', '127.0.0.0/8'],
  ['fc00::1', 'a unique local address', 'fc00::/7', 'fd00::/8'],
  ['fd12:3456::1', 'a unique local address', 'fd00::/8', 'fc00::/8'],
  ['fe80::1', 'a link-local address', 'fe80::/10', 'fec0::/10'],
  ['fec0::1', 'a site-local address', 'fec0::/10', 'fe80::/10'],
  ['ff02::1', 'a multicast address', 'ff00::/8', 'fe00::/8'],
  ['2001:db8::1', 'a documentation address', '2001:db8::/32', '2001:db9::/32'],
  ['2001::1', 'a reserved address', '2001::/32', '2002::/16'],
  ['100::1', 'a reserved address', '100::/64', '101::/64'],
  ['2002:7f00:1::', 'the 6to4 form of 127.0.0.1, a loopback address', '127.0.0.0/8', '10.0.0.0/8'],
  ['2002:a01:203::1', 'the 6to4 form of 10.1.2.3, a private address', '2002:a00::/24', '2002:b00::/24'],
  [
    '64:ff9b::a9fe:a9fe',
    'the NAT64 form of 169.254.169.254, a link-local address',
    '169.254.0.0/16',
    '::/64',
  ],
  ['64:ff9b:1::1', 'a reserved address', '64:ff9b:1::/48', '64:ff9b::/96'],
])('%s is %s, unless allowed by %s', (address, what, within, beside) => {
  expect(createAddressGuard([])(address)).toBe(what);
  expect(createAddressGuard([beside])(address)).toBe(what);
  expect(createAddressGuard([beside, within])(address)).toBeUndefined();
});

test.each([
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.0', '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '223.255.255.255'],
  ...['::ffff:8.8.8.8', '2606:4700::1111', '2002:808:808::', '64:ff9b::808:808', '2a00:1450:4001::'],
])('%s is public', (address) => {
  expect(createAddressGuard([])(address)).toBeUndefined();
});

/** What a name server or the system may hand over, and is no plain address, goes nowhere. */
test.each(['', 'localhost', 'fe80::1%eth0', '1.2.3.4.5', '::1::', 'a@127.0.0.1', '[::1]', '1.2.3.4/8'])(
  "'%s' is not an address",
  (text) => {
    expect(createAddressGuard(['0.0.0.0/0', '::/0'])(text)).toBe('not an address');
  },
);

test.each([
  ['10.0.0.0/8', true],
  ['127.0.0.1', true],
  ['fd00::/8', true],
  ['::/0', true],
  ['0.0.0.0/0', true],
  ['10.0.0.0/33', false],
  ['fd00::/129', false],
  ['10.0.0.0/-1', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.0/', false],
  ['internal', false],
  ['', false],
])("'%s' is a CIDR: %s", (text, expected) => {
  expect(isCidr(text)).toBe(expected);
});

test.each<[url: string, addresses: string[] | undefined]>([
  ['http://127.1/', ['127.0.0.1']],
  ['http://2130706433/', ['127.0.0.1']],
  ['http://0x7f.1/', ['127.0.0.1']],
  ['http://0177.0.0.1/', ['127.0.0.1']],
  ['http://127.0.0.1./', ['127.0.0.1']],
  ['http://１２７.0.0.1/', ['127.0.0.1']],
  ['http://[::ffff:7f00:1]/', ['::ffff:7f00:1']],
  ['http://[::1]/', ['::1']],
  ['http://localhost:80/', ['127.0.0.1', '::1']],
  ['http://hooks.localhost./', ['127.0.0.1', '::1']],
  ['http://notlocalhost/', undefined],
  ['https://hooks.example/', undefined],
  ['https://127.0.0.1.hooks.example/', undefined],
])('%s names %j', (url, addresses) => {
  expect(literalAddresses(new URL(url))).toEqual(addresses);
});

test('a block of version 6 that is wider than version 4 does not open version 4', () => {
  expect(createAddressGuard(['::/0'])('127.0.0.1')).toBe('a loopback address');
  expect(createAddressGuard(['::/0'])('::1')).toBeUndefined();
  expect(createAddressGuard(['::ffff:0:0/96'])('127.0.0.1')).toBeUndefined();
});

test('every first octet is judged as the registry says', () => {
  const guard = createAddressGuard([]);
  const refused = Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => {
    const address = `${octet}.7.7.7`;
    expect(isIPv4(address)).toBe(true);
    return guard(address) !== undefined;
  });
  expect(refused).toEqual([0, 10, 127, ...Array.from({ length: 32 }, (_, index) => 224 + index)]);
});
