/** What the commands of `cache` have in common. */
import type { CachedContent } from '@pack/repo/node';

export const sizeOf = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 * 1024
      ? `${(bytes / 1024).toFixed(1)} KiB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

export const total = (contents: readonly CachedContent[]): string =>
  `${contents.length} files, ${sizeOf(contents.reduce((sum, { size }) => sum + size, 0))}`;
