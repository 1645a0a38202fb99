/** A text of several files, as Go's tests write them: a comment, then `-- name --` before each file. */
export interface Txtar {
  readonly comment: string;
  readonly files: ReadonlyMap<string, string>;
}

const MARKER = /^-- (\S.*?) --$/;

/** Every text is one; what is no marker is content. */
export function parseTxtar(text: string): Txtar {
  const files = new Map<string, string>();
  let comment = '';
  let name: string | undefined;
  for (const line of text.split(/(?<=\n)/)) {
    const found = MARKER.exec(line.trimEnd())?.[1];
    if (found !== undefined) files.set((name = found), '');
    else if (name === undefined) comment += line;
    else files.set(name, `${files.get(name)}${line}`);
  }
  return { comment, files };
}
