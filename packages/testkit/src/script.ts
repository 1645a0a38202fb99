/**
 * Command runs as files, in the form of Go's script tests: a txtar whose comment is a script and whose files are laid
 * out in a folder, `$WORK`.
 *
 *     pack template $WORK/c       must succeed
 *     ! pack lint $WORK/c         must fail
 *     stdout 'kind: \w+'          what was last written, with $WORK for the folder, matches; `! stdout` does not
 *     cmp stdout want.yaml        is the same as the file
 *     exists out/a.yaml           there is such a file
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseTxtar } from './txtar.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Run = (argv: readonly string[]) => Promise<Ran>;

/** Runs a script; throws with the number of the line that did not hold. */
export async function runScript(text: string, pack: Run): Promise<void> {
  const { comment, files } = parseTxtar(text);
  const work = mkdtempSync(join(tmpdir(), 'pack-script-'));
  try {
    for (const [name, content] of files) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), content);
    }
    const state: State = { work, pack, last: { code: 0, stdout: '', stderr: '' } };
    for (const [i, line] of comment.split('\n').entries()) {
      const fault = await step(line, state);
      if (fault !== undefined) throw new Error(`line ${i + 1}: ${line}\n${fault}`);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface State {
  readonly work: string;
  readonly pack: Run;
  last: Ran;
}

/** What did not hold. */
async function step(line: string, state: State): Promise<string | undefined> {
  const words = wordsOf(line);
  const negated = words[0] === '!';
  const [verb, ...args] = negated ? words.slice(1) : words;
  switch (verb) {
    case undefined:
      return undefined;
    case 'pack': {
      const { code, stdout, stderr } = await state.pack(args.map((word) => word.replaceAll('$WORK', state.work)));
      const shown = (written: string): string => written.replaceAll(state.work, '$WORK');
      state.last = { code, stdout: shown(stdout), stderr: shown(stderr) };
      return (code !== 0) === negated ? undefined : `exit code ${code}\n${stdout}${stderr}`;
    }
    case 'stdout':
    case 'stderr': {
      const matches = new RegExp(args[0] as string, 'm').test(state.last[verb]);
      return matches === negated ? `${verb} is\n${state.last[verb]}` : undefined;
    }
    case 'cmp': {
      const [got, wanted] = args.map((name) =>
        name === 'stdout' || name === 'stderr' ? state.last[name] : readFileSync(join(state.work, name), 'utf8'),
      );
      return (got === wanted) === negated ? `is\n${got}` : undefined;
    }
    case 'exists':
      return existsSync(join(state.work, args[0] as string)) === negated ? 'exists or does not' : undefined;
    default:
      return `unknown verb ${verb}`;
  }
}

/** Words between spaces; single quotes keep spaces, `#` begins a comment. */
function wordsOf(line: string): string[] {
  const words = line.match(/'[^']*'|#.*|[^\s']+/g) ?? [];
  return words.filter((word) => !word.startsWith('#')).map((word) => (word.startsWith("'") ? word.slice(1, -1) : word));
}
