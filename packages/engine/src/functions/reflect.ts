/** Sprig's functions on types. */
import { type FuncMap, func, kindOf, typeOf } from 'go-template';

import { deepEqual } from './equal.ts';

export const reflectFunctions: FuncMap = {
  typeOf: func('func(interface {}) string', typeOf),
  typeIs: func('func(string, interface {}) bool', (type: string, v: unknown) => typeOf(v) === type),
  typeIsLike: func('func(string, interface {}) bool', (type: string, v: unknown) =>
    [type, `*${type}`].includes(typeOf(v)),
  ),
  kindOf: func('func(interface {}) string', kindOf),
  kindIs: func('func(string, interface {}) bool', (kind: string, v: unknown) => kindOf(v) === kind),
  deepEqual: func('func(interface {}, interface {}) bool', deepEqual),
};
