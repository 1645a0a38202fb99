/** Cases of words, as the Go packages xstrings 1.5 and goutils 1.1 convert them. */
import {
  isLetter,
  isLower,
  isNumber,
  isPunctuation,
  isSpace,
  isTitle,
  isUpper,
  replaceBroken,
  toLower,
  toTitle,
  toUpper,
} from './rune.ts';

const isConnector = (c: string): boolean => c === '-' || c === '_' || isSpace(c);

/** A letter of a script that has words in letters; Chinese characters are none. */
function isAlphabetic(c: string): boolean {
  if (!isLetter(c)) return false;
  const point = c.codePointAt(0) as number;
  return !(
    (point >= 0x4e00 && point <= 0x9fcc) ||
    (point >= 0x3400 && point <= 0x4d85) ||
    (point >= 0x20000 && point <= 0x2b81d)
  );
}

/** Upper camel case: `some_words` becomes `SomeWords`, `HTTPServer` becomes `Httpserver` (xstrings: ToPascalCase). */
export function pascalCase(text: string): string {
  const chars = [...replaceBroken(text)];
  const start = chars.findIndex((c) => !isConnector(c));
  // A text of connectors alone gets its last one twice.
  if (start < 0) return chars.join('') + (chars.at(-1) ?? '');
  let out = chars.slice(0, start).join('');
  let current = toUpper(chars[start] as string);
  let isRunOfUpper = isUpper(chars[start] as string);
  if (start === chars.length - 1) return out + current;
  for (const c of chars.slice(start + 1)) {
    const previous = current;
    current = c;
    if (isConnector(c) && isConnector(previous)) {
      out += previous;
      continue;
    }
    if (isConnector(previous)) {
      isRunOfUpper = isUpper(c);
      current = toUpper(c);
    } else {
      if (isRunOfUpper) {
        if (isUpper(c)) current = toLower(c);
        else isRunOfUpper = false;
      }
      out += previous;
    }
  }
  return out + current;
}

type WordKind = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other';

interface Word {
  kind: WordKind;
  chars: string[];
}

const isBroken = (c: string): boolean => c === '\ufffd' || (c.length === 1 && c >= '\ud800' && c <= '\udfff');

/** Cuts a text into words one by one; characters that are broken belong to the word they stand in. */
class WordReader {
  readonly #chars: string[];
  #at = 0;

  constructor(text: string) {
    this.#chars = [...text];
  }

  get isDone(): boolean {
    return this.#at >= this.#chars.length;
  }

  next(): Word {
    const start = this.#at;
    if (this.isDone) return { kind: 'none', chars: [] };
    while (!this.isDone && isBroken(this.#chars[this.#at] as string)) this.#at++;
    // Only what comes after the broken characters says what word it is; they may also be all there is.
    if (this.isDone) return { kind: 'none', chars: this.#chars.slice(start) };
    const first = this.#chars[this.#at++] as string;
    let kind: WordKind;
    if (isConnector(first)) {
      kind = 'connector';
      this.#skip(first, isConnector);
    } else if (isPunctuation(first)) {
      kind = 'punctuation';
      this.#skip(first, isPunctuation);
    } else if (isUpper(first)) {
      kind = 'upper';
      this.#skipCapitalised(first);
    } else if (isAlphabetic(first)) {
      kind = 'alphabet';
      this.#skip(first, (c) => isAlphabetic(c) && !isUpper(c));
    } else if (isNumber(first)) {
      kind = 'number';
      this.#skip(first, isNumber);
    } else {
      kind = 'other';
      this.#skip(first, (c) => !(isConnector(c) || isAlphabetic(c) || isNumber(c) || isPunctuation(c)));
    }
    return { kind, chars: this.#chars.slice(start, this.#at) };
  }

  /** The next sound character, or `previous` at the end, and where it ends. */
  #peek(previous: string): { char: string; end: number } {
    for (let i = this.#at; i < this.#chars.length; i++) {
      const char = this.#chars[i] as string;
      if (!isBroken(char)) return { char, end: i + 1 };
    }
    return { char: previous, end: this.#chars.length };
  }

  #skip(first: string, belongs: (c: string) => boolean): string {
    let previous = first;
    while (!this.isDone) {
      const { char, end } = this.#peek(previous);
      previous = char;
      if (!belongs(char)) break;
      this.#at = end;
    }
    return previous;
  }

  /** `HTTP` of `HTTPServer`, or `Server`. */
  #skipCapitalised(first: string): void {
    if (this.isDone) return;
    const { char, end } = this.#peek(first);
    if (isUpper(char)) {
      let lastEnd = this.#at;
      let last = char;
      this.#at = end;
      while (!this.isDone) {
        const next = this.#peek(last);
        last = next.char;
        if (!isUpper(next.char)) break;
        lastEnd = this.#at;
        this.#at = next.end;
      }
      // The last capital belongs to the lower-case letters after it.
      if (!this.isDone && isAlphabetic(last)) this.#at = lastEnd;
    } else if (isAlphabetic(char)) {
      this.#at = end;
      this.#skip(char, (c) => isAlphabetic(c) && !isUpper(c));
    }
  }
}

/** Lower-case words joined by `connector`: `HTTPServer2Go` becomes `http_server2_go` (xstrings: ToSnakeCase, ToKebabCase). */
export function connectWords(text: string, connector: '_' | '-'): string {
  const reader = new WordReader(text);
  let out = '';
  const write = ({ kind, chars }: Word): void => {
    if (kind !== 'upper' && kind !== 'connector') out += chars.join('');
    else out += chars.map((c) => (isConnector(c) ? connector : isUpper(c) ? toLower(c) : replaceBroken(c))).join('');
  };
  const isJoint = (kind: WordKind): boolean => kind === 'connector' || kind === 'punctuation';
  let word = reader.next();
  /** Letters and numbers after a number belong to one word. */
  const writeRest = (): void => {
    while (word.kind === 'alphabet' || word.kind === 'number') {
      write(word);
      word = reader.next();
    }
    if (word.kind !== 'none' && !isJoint(word.kind)) out += connector;
  };

  while (!reader.isDone) {
    if (word.kind !== 'connector') write(word);
    const previous = word;
    word = reader.next();
    if (previous.kind === 'number') {
      writeRest();
    } else if (previous.kind === 'connector') {
      write(previous);
    } else if (previous.kind !== 'punctuation') {
      if (word.kind !== 'number') {
        if (!isJoint(word.kind)) out += connector;
      } else if (!reader.isDone) {
        const number = word;
        word = reader.next();
        if (word.kind !== 'alphabet') {
          // `Bld4Floor`: the number ends the word before it.
          write(number);
          if (!isJoint(word.kind)) out += connector;
        } else {
          // `HTTP2xx`: it begins the word after it.
          out += connector;
          write(number);
          writeRest();
        }
      }
    }
  }
  write(word);
  return out;
}

/** Swaps cases, the first letter of a word to title case (goutils: SwapCase). */
export function swapCase(text: string): string {
  let isAtStart = true;
  let out = '';
  for (const c of replaceBroken(text)) {
    if (isUpper(c) || isTitle(c)) {
      out += toLower(c);
      isAtStart = false;
    } else if (isLower(c)) {
      out += isAtStart ? toTitle(c) : toUpper(c);
      isAtStart = false;
    } else {
      out += c;
      isAtStart = isSpace(c);
    }
  }
  return out;
}

/** Lower-cases the first character of each word (goutils: Uncapitalize). */
export function untitle(text: string): string {
  let isAtStart = true;
  let out = '';
  for (const c of replaceBroken(text)) {
    if (isSpace(c)) {
      isAtStart = true;
      out += c;
    } else {
      out += isAtStart ? toLower(c) : c;
      isAtStart = false;
    }
  }
  return out;
}

/** Letters, digits and the underscore make words; beyond ASCII only spaces part them (strings.Title). */
export function title(text: string): string {
  let previous = ' ';
  let out = '';
  for (const c of replaceBroken(text)) {
    const parts =
      previous < '\x80' ? !/\w/.test(previous) : !isLetter(previous) && !/\p{Nd}/u.test(previous) && isSpace(previous);
    out += parts ? toTitle(c) : c;
    previous = c;
  }
  return out;
}
