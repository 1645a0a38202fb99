/** Colours of what people read. Helm: internal/cli/output/color.go. */
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { setting } from '../settings.ts';

export interface Colors {
  status(text: string): string;
  header(text: string): string;
  namespace(text: string): string;
  added(text: string): string;
  removed(text: string): string;
  changed(text: string): string;
}

const painted =
  (code: number, end = 0) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[${end}m`;

const plain = (text: string): string => text;

const bold = painted(1, 22);
const [red, green, yellow, cyan] = [painted(31), painted(32), painted(33), painted(36)];

const PAINTED: Colors = {
  status(text) {
    if (text === 'deployed') return green(text);
    if (text === 'failed' || text === 'unknown') return red(text);
    return text.startsWith('pending-') || text === 'uninstalling' ? yellow(text) : text;
  },
  header: bold,
  namespace: cyan,
  added: green,
  removed: red,
  changed: yellow,
};

const PLAIN: Colors = { status: plain, header: plain, namespace: plain, added: plain, removed: plain, changed: plain };

/** `--color`, else `HELM_COLOR`, else NO_COLOR and whether a person reads standard output. */
export function colorsOf(given: Given, io: Io): Colors {
  const when = given.string('color') ?? given.string('colour') ?? setting(io.env, 'COLOR') ?? 'auto';
  if (when === 'always') return PAINTED;
  return when === 'never' || io.env['NO_COLOR'] || io.readable !== true ? PLAIN : PAINTED;
}
