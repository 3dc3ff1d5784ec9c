/** A binary heap of numbers, the least on top. */
export interface MinHeap {
  push(value: number): void;
  /** Takes the least one; undefined when none is left. */
  pop(): number | undefined;
}

export function createMinHeap(): MinHeap {
  const items: number[] = [];
  const at = (index: number) => items[index] ?? Number.POSITIVE_INFINITY;

  const sink = (value: number) => {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const least = at(left + 1) < at(left) ? left + 1 : left;
      if (at(least) >= value) break;
      items[index] = at(least);
      index = least;
    }
    items[index] = value;
  };
  return {
    push(value) {
      let index = items.length;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (at(parent) <= value) break;
        items[index] = at(parent);
        index = parent;
      }
      items[index] = value;
    },
    pop() {
      const [top] = items;
      const last = items.pop();
      if (items.length > 0 && last !== undefined) sink(last);
      return top;
    },
  };
}
