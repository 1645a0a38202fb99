/** The tags of a Go template as they are written, with the text between them: layouts survive, which trees have lost. */

export interface Tag {
  /** Of `{{`, and after `}}`: indices into the text. */
  readonly start: number;
  readonly end: number;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
  /** Without delimiters, marks and white space around it. */
  readonly body: string;
}

export const isComment = ({ body }: Tag): boolean => body.startsWith('/*');

/** Of a text that parses. */
export function tagsOf(text: string): Tag[] {
  const tags: Tag[] = [];
  for (let start = text.indexOf('{{'); start >= 0; ) {
    const trimsBefore = /^\{\{-[ \t\r\n]/.test(text.slice(start, start + 4));
    const from = start + (trimsBefore ? 3 : 2);
    const close = closing(text, from);
    const inner = text.slice(from, close);
    const trimsAfter = /[ \t\r\n]-$/.test(inner);
    tags.push({
      start,
      end: close + 2,
      trimsBefore,
      trimsAfter,
      body: (trimsAfter ? inner.slice(0, -1) : inner).trim(),
    });
    start = text.indexOf('{{', close + 2);
  }
  return tags;
}

/** Where `}}` is that is not in a text or comment. */
function closing(text: string, from: number): number {
  const skipped = /\s*\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\}\}/y;
  for (let at = from; at < text.length; ) {
    skipped.lastIndex = at;
    const match = skipped.exec(text);
    if (match === null) at++;
    else if (match[0] === '}}') return at;
    else at += match[0].length;
  }
  return text.length;
}
