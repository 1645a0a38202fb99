import { expect, test } from 'vitest';

import { render } from '../testing.ts';
import { reference } from './library.ts';

const rows = Object.entries(reference).flatMap(([kind, entries]) => entries.map((entry) => ({ kind, ...entry })));

test.each(rows.filter(({ example }) => example !== undefined))(
  'the example of the $kind $name writes what it says',
  async ({ example }) => {
    const [template, output] = example as readonly [string, string];
    expect(await render(template)).toBe(output);
  },
);

test.each(Object.entries(reference))('no two %s have one name', (_, entries) => {
  const names = entries.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('every row says what it is', () => {
  expect(rows.filter(({ about, signature, name }) => !/\.$/.test(about) || !signature.startsWith(`${name}(`))).toEqual(
    [],
  );
});
