/** What the commands of `cache` have in common. */
import type { CachedContent } from '@pack/repo/node';
import { sizeOf } from '../output/size.ts';

export const total = (contents: readonly CachedContent[]): string =>
  `${contents.length} files, ${sizeOf(contents.reduce((sum, { size }) => sum + size, 0))}`;
