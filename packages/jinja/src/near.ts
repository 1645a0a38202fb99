/** The one of `words` that `word` was most likely meant to be, if any is near enough. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const other of words) {
    if (other === word || Math.abs(other.length - word.length) > most) continue;
    const distance = editDistance(simplified(word), simplified(other));
    if (distance <= most && (best === undefined || distance < best.distance)) best = { word: other, distance };
  }
  return best?.word;
}

/** Sprig's names and Sherpack's differ in case and underscores alone. */
const simplified = (word: string): string => word.toLowerCase().replaceAll('_', '');

/** Inserted, deleted, replaced and swapped letters. */
function editDistance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] as number) + 1 : replaced;
      row.push(Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, replaced, swapped));
    }
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}

export const meant = (word: string, words: Iterable<string>): string | undefined => {
  const near = nearest(word, words);
  return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`;
};
