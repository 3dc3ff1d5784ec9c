/** A 64-bit digest (two multiplicative 32-bit hashes with avalanche, after cyrb53) as 16 hexadecimal digits. Not against
 *  an adversary: it tells versions of one message id from each other. */
export function digest(bytes: Uint8Array, salt = ''): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  const add = (unit: number) => {
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  };
  for (let index = 0; index < salt.length; index++) add(salt.charCodeAt(index));
  for (const byte of bytes) add(byte);
  const first = mix(high, low);
  const second = mix(low, first);
  return first.toString(16).padStart(8, '0') + second.toString(16).padStart(8, '0');
}

function mix(a: number, b: number): number {
  const half = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return (half ^ (half >>> 16)) >>> 0;
}
