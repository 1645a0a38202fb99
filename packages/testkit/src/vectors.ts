/** Conformance vectors: questions with the answers of Helm's own code; see conformance/README.md for the operations. */

/** A question. The fields beside these depend on `op`. */
export interface Question {
  id: string;
  op: string;
  [field: string]: unknown;
}

/** What the oracle, or pack, says to a question: `output` (or `outputB64`) and what else the operation yields, or `error` (or `errorB64`). */
export type Answer = Record<string, unknown>;

export interface Vector extends Question {
  expect: Answer;
}

interface Answers {
  answer(question: Question): Answer | Promise<Answer>;
}

const operations: Record<string, () => Promise<Answers>> = {
  render: () => import('./answers/render.ts'),
  coalesce: () => import('./answers/coalesce.ts'),
  strvals: () => import('./answers/strvals.ts'),
  semver: () => import('./answers/semver.ts'),
  version: () => import('./answers/version.ts'),
  yamldec: () => import('./answers/yamldec.ts'),
  yamlenc: () => import('./answers/yamlenc.ts'),
  lockdigest: () => import('./answers/lockdigest.ts'),
  kindsort: () => import('./answers/kindsort.ts'),
};

/** How pack answers the questions of one operation. */
export async function answerer(op: string): Promise<(question: Question) => Answer | Promise<Answer>> {
  const load = operations[op];
  if (load === undefined) throw new Error(`unknown operation "${op}"`);
  return (await load()).answer;
}

export const parseVectors = (text: string): Vector[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Vector);

export type Verdict = 'pass' | 'wrong-output' | 'wrong-error';

/**
 * `wrong-output`: an output was expected and something else came, or an error was expected and none came.
 * `wrong-error`: both failed, with other words. Warnings are advice and are not compared.
 */
export function judge(expected: Answer, got: Answer): Verdict {
  const failed = (a: Answer): boolean => 'error' in a || 'errorB64' in a;
  const text = (a: Answer): string =>
    String(a['error'] ?? Buffer.from(String(a['errorB64']), 'base64').toString('latin1')).trimEnd();
  if (failed(expected) && failed(got)) {
    if ('errorB64' in expected) return expected['errorB64'] === got['errorB64'] ? 'pass' : 'wrong-error';
    return text(expected) === text(got) ? 'pass' : 'wrong-error';
  }
  const fields = Object.keys(expected).filter((key) => key !== 'warnings');
  return fields.every((key) => JSON.stringify(expected[key]) === JSON.stringify(got[key])) ? 'pass' : 'wrong-output';
}
