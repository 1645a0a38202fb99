/** Sprig's functions that choose among values. */
import { type FuncMap, func } from 'go-template';

import { isEmpty } from './emptiness.ts';

export const defaultFunctions: FuncMap = {
  default: func('func(interface {}, ...interface {}) interface {}', (fallback: unknown, ...given: unknown[]) =>
    given.length === 0 || isEmpty(given[0]) ? fallback : given[0],
  ),
  empty: func('func(interface {}) bool', isEmpty),
  coalesce: func(
    'func(...interface {}) interface {}',
    (...values: unknown[]) => values.find((v) => !isEmpty(v)) ?? null,
  ),
  all: func('func(...interface {}) bool', (...values: unknown[]) => !values.some(isEmpty)),
  any: func('func(...interface {}) bool', (...values: unknown[]) => values.some((v) => !isEmpty(v))),
  ternary: func('func(interface {}, interface {}, bool) interface {}', (yes: unknown, no: unknown, test: boolean) =>
    test ? yes : no,
  ),
};
