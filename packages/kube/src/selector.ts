/** Selectors of labels. apimachinery: pkg/labels. */
import { KubeError } from './error.ts';

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const NAME = String.raw`(?:[\w.-]+\/)?[\w.-]+`;
const IN = new RegExp(String.raw`^(${NAME})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALS = new RegExp(String.raw`^(${NAME})\s*(==|=|!=)\s*([\w.-]*)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${NAME})$`);

/** `a=b,c!=d,e in (f, g),h,!i`. Throws KUBE_INVALID. */
export function parseSelector(text: string): LabelMatcher {
  // Commas within parentheses belong to a list.
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  const matchers = terms.filter((term) => term !== '').map(parseTerm);
  return (labels) => matchers.every((matches) => matches(labels));
}

function parseTerm(term: string): LabelMatcher {
  const set = IN.exec(term);
  if (set !== null) {
    const [, name = '', verb, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return verb === 'in'
      ? (labels) => labels[name] !== undefined && values.has(labels[name])
      : (labels) => labels[name] === undefined || !values.has(labels[name]);
  }
  const equals = EQUALS.exec(term);
  if (equals !== null) {
    const [, name = '', verb, value] = equals;
    return verb === '!=' ? (labels) => labels[name] !== value : (labels) => labels[name] === value;
  }
  const exists = EXISTS.exec(term);
  if (exists !== null) {
    const [, not, name = ''] = exists;
    return (labels) => (labels[name] === undefined) === (not === '!');
  }
  throw new KubeError('KUBE_INVALID', `unable to parse requirement: ${JSON.stringify(term)} is no selector`, {
    hint: 'write key=value, key!=value, key in (a, b), key or !key',
  });
}
