/**
 * Flags as pflag reads them. yargs and util.parseArgs differ from it where scripts notice (a bare `--wait` takes no
 * value, `-nx` is `-n x`, `--set --x` takes `--x`), so these few lines are our own; they also cost no start-up time.
 */
import { PackError } from '@pack/core/error';

export interface Flag {
  readonly type: 'bool' | 'string' | 'list';
  /** What the help calls the type, where it is not that of `type`. */
  readonly kind?: string;
  /** What completion offers for the value. */
  readonly choices?: readonly Choice[];
  readonly usage: string;
  readonly short?: string;
  /** Of a list: commas separate too. */
  readonly commas?: boolean;
  /** What a flag without a value means; then `--flag value` gives no value (pflag: NoOptDefVal). */
  readonly bare?: string;
  /** What the flag is when it is not given, for the help. */
  readonly preset?: string;
  readonly hidden?: boolean;
  /** Why a value is none, in Go's words. */
  readonly fault?: (value: string) => string | undefined;
  /** What to use instead; it is warned of. */
  readonly deprecated?: string;
}

/** A word that completion offers, and what it means. */
export type Choice = readonly [word: string, meaning?: string];

export type Flags = Readonly<Record<string, Flag>>;

/** What was given: booleans, strings and lists by the name of the flag. */
export interface Given {
  readonly args: readonly string[];
  bool(name: string): boolean;
  string(name: string): string | undefined;
  list(name: string): readonly string[];
  has(name: string): boolean;
}

export class UsageError extends PackError<'USAGE'> {
  constructor(message: string, hint?: string) {
    super('USAGE', message, hint === undefined ? {} : { hint });
  }
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Go: strconv.ParseBool. */
export const isTrue = (value = ''): boolean => TRUE.has(value);
export const isFalse = (value: string): boolean => FALSE.has(value);

const syntaxFault = (parser: string, value: string): string =>
  `strconv.${parser}: parsing ${JSON.stringify(value)}: invalid syntax`;

const boolFault = (value: string): string | undefined =>
  isTrue(value) || isFalse(value) ? undefined : syntaxFault('ParseBool', value);

const DIGITS = '(?:\\d+|0[xX][\\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)';
const UINT = new RegExp(`^${DIGITS}$`);
const INT = new RegExp(`^[-+]?${DIGITS}$`);

export const uintFault = (value: string): string | undefined =>
  UINT.test(value) ? undefined : syntaxFault('ParseUint', value);
export const intFault = (value: string): string | undefined =>
  INT.test(value) ? undefined : syntaxFault('ParseInt', value);

const FLOAT =
  /^(?:nan|[-+]?(?:inf|infinity|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)p[-+]?\d+))$/i;
/** Halfway between the largest float32 and the next power of two: what is less is rounded down. */
const FLOAT32_LIMIT = 2 ** 128 - 2 ** 103;

/** Go: strconv.ParseFloat with 32 bits. */
export function floatFault(value: string): string | undefined {
  const digits = value.replaceAll(/(?<=[\da-f])_(?=[\da-f])/gi, '');
  if (!FLOAT.test(digits)) return syntaxFault('ParseFloat', value);
  const isTooLarge = !/inf/i.test(digits) && Math.abs(Number(digits)) >= FLOAT32_LIMIT;
  return isTooLarge ? `strconv.ParseFloat: parsing ${JSON.stringify(value)}: value out of range` : undefined;
}

/** Throws USAGE with pflag's messages. */
export function parseFlags(words: readonly string[], flags: Flags): Given {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  const byShort = new Map(
    Object.entries(flags).flatMap(([name, { short }]) => (short === undefined ? [] : [[short, name] as const])),
  );

  const set = (name: string, value: string, spelled: string): void => {
    const flag = flags[name] as Flag;
    const fault = flag.fault?.(value) ?? (flag.type === 'bool' ? boolFault(value) : undefined);
    if (fault !== undefined) {
      throw new UsageError(`invalid argument ${JSON.stringify(value)} for "${spelled}" flag: ${fault}`);
    }
    const items = flag.commas ? value.split(',') : [value];
    values.set(name, flag.type === 'list' ? [...(values.get(name) ?? []), ...items] : [value]);
  };
  const spell = (name: string): string =>
    flags[name]?.short === undefined ? `--${name}` : `-${flags[name]?.short}, --${name}`;

  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') {
      args.push(...words.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name, inline] = cut(word.slice(2));
      const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
      if (flag === undefined) throw new UsageError(`unknown flag: --${name}`);
      const bare = flag.type === 'bool' ? 'true' : flag.bare;
      if (inline === undefined && bare === undefined && i + 1 >= words.length)
        throw new UsageError(`flag needs an argument: --${name}`);
      set(name, inline ?? bare ?? (words[++i] as string), spell(name));
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const name = byShort.get(word[at] as string);
        if (name === undefined) throw new UsageError(`unknown shorthand flag: '${word[at]}' in ${word}`);
        const flag = flags[name] as Flag;
        const rest = word.slice(at + 1);
        const bare = flag.type === 'bool' ? 'true' : flag.bare;
        if (rest.startsWith('=')) set(name, rest.slice(1), spell(name));
        else if (bare !== undefined) {
          set(name, bare, spell(name));
          continue;
        } else if (rest !== '') set(name, rest, spell(name));
        else if (i + 1 < words.length) set(name, words[++i] as string, spell(name));
        else throw new UsageError(`flag needs an argument: '${word[at]}' in ${word}`);
        break;
      }
    } else args.push(word);
  }

  return {
    args,
    bool: (name) => isTrue(values.get(name)?.[0]),
    string: (name) => values.get(name)?.[0],
    list: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
  };
}

function cut(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
