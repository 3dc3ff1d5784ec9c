/** The keys that a message holds, by their numbers. */
export class HeldKeys {
  /** By number: 1 when it is held. */
  readonly flags: Uint8Array;
  /** The first `count` of these, each once, in the order in which they were found. */
  readonly numbers: Int32Array;
  count = 0;

  constructor(keys: number) {
    this.flags = new Uint8Array(keys);
    this.numbers = new Int32Array(keys);
  }

  add(number: number): void {
    if (this.flags[number] === 1) return;
    this.flags[number] = 1;
    this.numbers[this.count++] = number;
  }

  clear(): void {
    for (let at = 0; at < this.count; at += 1) this.flags[this.numbers[at] ?? 0] = 0;
    this.count = 0;
  }
}
