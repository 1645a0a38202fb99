/** Files that are there whole or not at all: what is written goes by another name until it is complete. */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';

export const temporaryOf = (path: string): string => `${path}.${randomUUID()}.tmp`;

export function writeText(path: string, text: string, mode = 0o644): void {
  const temporary = temporaryOf(path);
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode });
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

export async function writeStream(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  temporary = temporaryOf(path),
): Promise<void> {
  // Not by a stream of the file's own: it fails before the file is there, and leaves it behind.
  const file = await open(temporary, 'wx');
  try {
    await writeFile(file, stream).finally(() => file.close());
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}
