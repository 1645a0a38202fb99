import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from './near.ts';

test.each([
  ['templte', ['template', 'test'], 'template'],
  ['replcias', ['replicas', 'image'], 'replicas'],
  ['Image', ['image'], 'image'],
  ['image', ['image'], undefined],
  ['x', ['image'], undefined],
  ['port', ['service'], undefined],
])('%s of %j is meant for %s', (word, words, meant) => expect(nearest(word, words)).toBe(meant));

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('of %j and %j', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
