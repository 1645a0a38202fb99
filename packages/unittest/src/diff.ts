/** What is different between two texts, as unified diff with one line around. Python: difflib, which helm-unittest follows. */

interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

interface Change {
  readonly tag: 'equal' | 'changed';
  readonly a: readonly [from: number, to: number];
  readonly b: readonly [from: number, to: number];
}

const CONTEXT = 1;
/** Beyond it, what lies between the common beginning and end is one change. */
const MAX_LINES = 5000;

export function unifiedDiff(expected: string, actual: string): string {
  const a = lines(expected);
  const b = lines(actual);
  const groups = grouped(changesOf(a, b));
  if (groups.length === 0) return '';
  const out = ['--- Expected\n', '+++ Actual\n'];
  for (const group of groups) {
    const [first, last] = [group[0] as Change, group.at(-1) as Change];
    out.push(`@@ -${range(first.a[0], last.a[1])} +${range(first.b[0], last.b[1])} @@\n`);
    for (const { tag, a: left, b: right } of group) {
      if (tag === 'equal') out.push(...a.slice(...left).map((line) => ` ${line}`));
      else {
        out.push(...a.slice(...left).map((line) => `-${line}`));
        out.push(...b.slice(...right).map((line) => `+${line}`));
      }
    }
  }
  return out.join('');
}

/** Each with its end; the last has one too. */
const lines = (text: string): string[] => text.split('\n').map((line) => `${line}\n`);

function range(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return String(from + 1);
  return `${length === 0 ? from : from + 1},${length}`;
}

function changesOf(a: readonly string[], b: readonly string[]): Change[] {
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  for (const { a: x, b: y, size } of [...matching(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < x || j < y) changes.push({ tag: 'changed', a: [i, x], b: [j, y] });
    if (size > 0) changes.push({ tag: 'equal', a: [x, x + size], b: [y, y + size] });
    [i, j] = [x + size, y + size];
  }
  return changes;
}

/** The longest common run, then the same before and behind it. */
function matching(a: readonly string[], b: readonly string[]): Block[] {
  const places = new Map<string, number[]>();
  for (const [j, line] of b.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [j]);
    else known.push(j);
  }
  const found: Block[] = [];
  const queue: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
    const [aFrom, aTo, bFrom, bTo] = part;
    const block = a.length + b.length > MAX_LINES ? undefined : longest(a, places, aFrom, aTo, bFrom, bTo);
    if (block === undefined || block.size === 0) continue;
    found.push(block);
    queue.push([aFrom, block.a, bFrom, block.b], [block.a + block.size, aTo, block.b + block.size, bTo]);
  }
  const sorted = found.sort((x, y) => x.a - y.a || x.b - y.b);
  const joined: Block[] = [];
  for (const block of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && last.a + last.size === block.a && last.b + last.size === block.b) {
      joined[joined.length - 1] = { ...last, size: last.size + block.size };
    } else joined.push(block);
  }
  return joined;
}

function longest(
  a: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): Block {
  let best: Block = { a: aFrom, b: bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aFrom; i < aTo; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] as string) ?? []) {
      if (j < bFrom) continue;
      if (j >= bTo) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  return best;
}

function grouped(changes: readonly Change[]): Change[][] {
  const trimmed = changes.map((change, i): Change => {
    if (change.tag !== 'equal') return change;
    const [a, b] = [[...change.a] as [number, number], [...change.b] as [number, number]];
    if (i === 0) [a[0], b[0]] = [Math.max(a[0], a[1] - CONTEXT), Math.max(b[0], b[1] - CONTEXT)];
    if (i === changes.length - 1) [a[1], b[1]] = [Math.min(a[1], a[0] + CONTEXT), Math.min(b[1], b[0] + CONTEXT)];
    return { tag: 'equal', a, b };
  });
  const groups: Change[][] = [];
  let group: Change[] = [];
  for (const change of trimmed) {
    const { tag, a, b } = change;
    if (tag === 'equal' && a[1] - a[0] > 2 * CONTEXT) {
      group.push({ tag, a: [a[0], a[0] + CONTEXT], b: [b[0], b[0] + CONTEXT] });
      groups.push(group);
      group = [{ tag, a: [a[1] - CONTEXT, a[1]], b: [b[1] - CONTEXT, b[1]] }];
    } else group.push(change);
  }
  if (group.length > 0) groups.push(group);
  return groups.filter((one) => one.some(({ tag }) => tag === 'changed'));
}
