import { type Dirent, readdirSync } from 'node:fs';
import { compareBytes } from 'go-template';

/** What is in a folder, by name; nothing where it cannot be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareBytes(a.name, b.name));
  } catch {
    return [];
  }
}
