import { expect, test } from 'vitest';
import { main } from './main.ts';

async function completed(...words: string[]): Promise<string[]> {
  let out = '';
  const io = { stdout: (text: string) => void (out += text), stderr() {}, stdin: async () => '', env: {} };
  expect(await main(['__completeNoDesc', ...words], io)).toBe(0);
  return out.trimEnd().split('\n');
}

const cases: [words: string[], answer: string[]][] = [
  [['tem'], ['template', ':4']],
  [
    ['show', ''],
    ['all', 'chart', 'crds', 'readme', 'values', ':4'],
  ],
  [
    ['inspect', 'c'],
    ['chart', 'crds', ':0'],
  ],
  [
    ['help', 'sho'],
    ['show', ':4'],
  ],
  [
    ['template', '--name'],
    ['--name-template', '--namespace', ':4'],
  ],
  [
    ['--color', 'a'],
    ['auto', 'always', ':4'],
  ],
  [['--color=n'], ['never', ':4']],
  [['template', '-f', ''], [':0']],
  [['version', ''], [':4']],
  [
    ['env', 'HELM_B'],
    ['HELM_BIN', 'HELM_BURST_LIMIT', ':4'],
  ],
  [
    ['--namespace', 'x', 'temp'],
    ['template', ':4'],
  ],
  [['nonsense', ''], [':4']],
];
test.each(cases)('%j', async (words, answer) => expect(await completed(...words)).toEqual(answer));

test('with meanings, a tab before them', async () => {
  let out = '';
  const io = { stdout: (text: string) => void (out += text), stderr() {}, stdin: async () => '', env: {} };
  await main(['__complete', 'templ'], io);
  expect(out).toBe('template\trender templates locally\n:4\n');
});
