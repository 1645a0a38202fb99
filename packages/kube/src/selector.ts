/** Selectors of labels. apimachinery: pkg/labels. */
import { KubeError } from './error.ts';
import { isFields } from './patch/json.ts';

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const NAME = String.raw`(?:[\w.-]+\/)?[\w.-]+`;
const IN = new RegExp(String.raw`^(${NAME})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALS = new RegExp(String.raw`^(${NAME})\s*(==|=|!=)\s*([\w.-]*)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${NAME})$`);

/** `a=b,c!=d,e in (f, g),h,!i`. Throws KUBE_INVALID. */
export function parseSelector(text: string): LabelMatcher {
  // Commas within parentheses belong to a list.
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  if (terms.length === 1 && terms[0] === '') return () => true;
  const empty = terms.indexOf('');
  if (empty === 0) throw malformed(`found ',', expected: !, identifier, or 'end of string'`);
  if (empty > 0) throw malformed(`found '${empty < terms.length - 1 ? ',' : ''}', expected: identifier after ','`);
  const matchers = terms.map(parseTerm);
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
  throw malformed(`unable to parse requirement: ${JSON.stringify(term)} is no selector`);
}

const malformed = (message: string): KubeError =>
  new KubeError('KUBE_INVALID', message, { hint: 'write key=value, key!=value, key in (a, b), key or !key' });

/**
 * The text of a `metav1.LabelSelector`; undefined for what is none, and for one that selects nothing in particular.
 * apimachinery: metav1.LabelSelectorAsSelector.
 */
export function selectorTextOf(selector: unknown): string | undefined {
  if (!isFields(selector)) return undefined;
  const { matchLabels, matchExpressions } = selector;
  const equal = isFields(matchLabels) ? Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`) : [];
  const expressions = Array.isArray(matchExpressions) ? matchExpressions.filter(isFields).map(expressionText) : [];
  const terms = [...equal, ...expressions].sort();
  return terms.length === 0 ? undefined : terms.join(',');
}

function expressionText({ key, operator, values }: Record<string, unknown>): string {
  const list = Array.isArray(values) ? values.toSorted().join(',') : '';
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return `${key}`;
  }
}
