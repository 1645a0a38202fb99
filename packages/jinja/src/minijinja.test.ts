/**
 * Templates made by a grammar, rendered here and by MiniJinja, the engine that Sherpack uses: the same text, or an error of
 * both, or a reason that is written down.
 */
import { toGo } from 'go-template';
import { Environment } from 'minijinja-js/dist/node/minijinja_js.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createPackRenderer } from './render.ts';
import { packOf, WORLD } from './testing.ts';
import type { Mode } from './value.ts';

/** Keys in their order: this build of MiniJinja sorts them. */
const VALUES = {
  app: { enabled: true, labels: { app: 'web', tier: 'front' }, name: 'My App', replicas: 3 },
  empty: [],
  hosts: ['b.example.com', 'a.example.com'],
  memory: 1.5,
  nested: [
    [1, 2],
    [3, [4, 5]],
  ],
  ports: [
    { name: 'http', port: 80 },
    { name: 'https', port: 443, tls: true },
  ],
  text: 'Hello, World',
};

type Output = string | undefined;

/** Where the two differ, and why. */
const DEPARTURES: readonly {
  readonly reason: string;
  readonly applies: (template: string, ours: Output, theirs: Output) => boolean;
}[] = [
  {
    reason: 'tojson writes what Helm writes: 1, not 1.0, and 1e+21',
    applies: (t) => t.includes('tojson'),
  },
  { reason: 'a slice may begin before the first item, as in Python', applies: (t) => t.includes('[-2:]') },
  {
    reason:
      'each iteration of a loop, and each block, has variables of its own, as Jinja documents; MiniJinja keeps those of the one before',
    applies: (t) => /\{%-? (?:for|filter|set k)[\s\S]*\{%-? set/.test(t),
  },
  {
    reason: 'split takes any value as text; MiniJinja fails for what is none',
    applies: (t, _, b) => b === undefined && t.includes('split('),
  },
  {
    reason: 'no test fails: what is no number is divisible by none',
    applies: (t, _, b) => b === undefined && t.includes('divisibleby'),
  },
  {
    reason: 'what is no number is 0 by int and float, as Jinja documents',
    applies: (t, _, b) => b === undefined && /\|(?:int|float)/.test(t),
  },
];

/** Mulberry32: the same corpus each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Rule = (depth: number) => string;

function grammar(seed: number) {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const one = <T>(...of: readonly T[]): T => of[below(of.length)] as T;
  const pick = (depth: number, leaves: readonly string[], ...rules: readonly Rule[]): string => {
    if (depth <= 0 || next() < 0.25) return one(...leaves);
    return one(...rules)(depth - 1);
  };

  const int: Rule = (d) =>
    pick(
      d,
      ['0', '1', '2', '7', '-3', '100', '9007199254740993', 'values.app.replicas', 'i'],
      (n) => `${int(n)} ${one('+', '-', '*')} ${int(n)}`,
      (n) => `(${int(n)}) ${one('//', '%')} ${int(n)}`,
      (n) => `${list(n)}|length`,
      (n) => `${text(n)}|length`,
      (n) => `(${int(n)} if ${bool(n)} else ${int(n)})`,
      (n) => `(-${one('1', '2', '30')})|abs + ${int(n)}`,
      (n) => `${one('[1, 2, 3]', '[4, 1]')}|${one('sum', 'max', 'min', 'first', 'last')} * ${int(n)}`,
      () => `(${one('2', '3', '-2')}) ** ${one('0', '2', '5')}`,
      (n) => `(${one('"12"', '3.7', 'true', '"x"')}|int) + ${int(n)}`,
    );
  const float: Rule = (d) =>
    pick(
      d,
      ['1.0', '2.5', '-0.5', '1e3', 'values.memory', '0.1'],
      (n) => `${int(n)} / ${one('2', '4', '3', '1')}`,
      (n) => `${float(n)} ${one('+', '-', '*')} ${one(int, float)(n)}`,
      (n) => `(${float(n)})|round(${one('0', '1', '2')})`,
      (n) => `(${float(n)}) // ${one('2', '0.5')}`,
      (n) => `(${float(n)})|abs`,
      (n) => `(${int(n)})|float`,
    );
  const text: Rule = (d) =>
    pick(
      d,
      [
        '"a"',
        "'b c'",
        '""',
        '"x-y_z"',
        '"Ünï\\tcode"',
        '"line\\nbreak"',
        'values.text',
        'values.app.name',
        'values.hosts[0]',
        'k',
      ],
      (n) => `${text(n)} ~ ${any(n)}`,
      (n) => `(${text(n)} + ${text(n)})`,
      (n) => `${text(n)}|${one('upper', 'lower', 'title', 'capitalize', 'trim', 'string', 'reverse')}`,
      (n) => `${text(n)}|replace(${one('"a"', '"l"', '" "')}, ${one('"-"', '""', '"aa"')})`,
      (n) => `${list(n)}|join(${one('", "', '""', '"-"')})`,
      (n) => `${text(n)}[${one('0', '1:', ':3', '::-1', '-2:', '1:3')}]`,
      (n) => `(${text(n)}|default("d"))`,
      (n) => `(${text(n)} if ${bool(n)} else ${text(n)})`,
      (n) => `${text(n)} * ${one('0', '2')}`,
      (n) => `${any(n)}|tojson`,
      (n) => `${any(n)}|string`,
      (n) => `${text(n)}|indent(2, ${one('true, true', 'false, false')})`,
    );
  const list: Rule = (d) =>
    pick(
      d,
      [
        '[]',
        '[1, 2, 3]',
        '["b", "a", "B"]',
        'values.hosts',
        'values.ports',
        'values.nested',
        'values.empty',
        'range(4)',
        '[true, none, 1.5]',
      ],
      (n) => `[${Array.from({ length: below(4) }, () => any(n)).join(', ')}]`,
      (n) => `(${list(n)} + ${list(n)})`,
      (n) => `${list(n)}|${one('reverse', 'list', 'sort', 'unique')}`,
      () =>
        `${one('values.ports', '[{"name": "x", "port": 1}]')}|map(attribute=${one('"name"', '"port"', '"none"')})|list`,
      () =>
        `${one('values.ports', '[]')}|selectattr("${one('port', 'tls', 'name')}"${one('', ', "defined"', ', "eq", 80')})|list`,
      (n) =>
        `[1, 2, 3, ${int(n)}]|${one('select', 'reject')}("${one('odd', 'even', 'divisibleby", 3, "').replace(', "', '')}")|list`.replace(
          '3")',
          '3)',
        ),
      (n) => `${list(n)}[${one('1:', ':2', '::2', '::-1', '-1:')}]`,
      (n) => `${list(n)}|batch(${one('2', '3', '2, "-"')})|list`,
      (n) => `${list(n)}|slice(${one('2', '3')})|list`,
      (n) => `${dict(n)}|items|list`,
      (n) => `${dict(n)}|dictsort`,
      (n) => `${dict(n)}|list`,
      () => `["a", "b"]|map("${one('upper', 'length', 'string', 'title')}")|list`,
      (n) => `(${text(n)}|split("${one(',', ' ')}")|list)`,
      () => `range(${one('0, 6, 2', '5, 0, -1', '3', '2, 2')})|list`,
    );
  const dict: Rule = (d) =>
    pick(
      d,
      ['{}', '{"a": 1}', 'values.app', 'values.app.labels', 'dict(a=1, b="x")'],
      (n) => `{"a": ${any(n)}, "b": ${any(n)}}`,
      (n) => `{"a": {"c": ${any(n)}}}`,
    );
  const bool: Rule = (d) =>
    pick(
      d,
      ['true', 'false', 'values.app.enabled', 'missing', 'values.nope.deep'],
      (n) => `not ${bool(n)}`,
      (n) => `(${bool(n)} ${one('and', 'or')} ${bool(n)})`,
      (n) => `(${int(n)}) ${one('<', '<=', '>', '>=', '==', '!=')} (${one(int, float)(n)})`,
      (n) => `(${text(n)}) ${one('<', '==', '!=', '>')} (${text(n)})`,
      (n) => `(${one(int, text)(n)}) ${one('in', 'not in')} (${list(n)})`,
      (n) => `(${text(n)}) in (${one(text, dict)(n)})`,
      (n) =>
        `(${any(n)}) is ${one('', 'not ')}${one('defined', 'none', 'string', 'number', 'mapping', 'boolean', 'integer', 'float', 'true', 'odd', 'even', 'undefined')}`,
      (n) => `(${list(n)}) == (${list(n)})`,
      (n) => `(${text(n)}) is ${one('startingwith', 'endingwith')}("${one('a', 'H', 'd')}")`,
    );
  const any: Rule = (d) =>
    one(
      int,
      float,
      text,
      list,
      dict,
      (n) => `(${bool(n)})`,
      () => 'none',
      () => 'missing',
      () => 'values.nope.deep',
    )(d);

  const dash = (): string => one('', '', '', '-');
  const tag = (inner: string): string => `{%${dash()} ${inner} ${dash()}%}`;
  const shown: Rule = (d) => `{{${dash()} ${any(d)} ${dash()}}}`;
  const plain = (): string => one('text ', '\n', '  ', 'key: ', '- ', '\n  indented\n', '{ #}', '"', '');
  let macros = 0;

  const statement: Rule = (d) =>
    d <= 0
      ? one(plain, () => shown(1))()
      : one<Rule>(
          shown,
          shown,
          shown,
          plain,
          (n) =>
            tag(`if ${bool(n)}`) +
            body(n) +
            one('', tag(`elif ${bool(n)}`) + body(n)) +
            one('', tag('else') + body(n)) +
            tag('endif'),
          (n) =>
            tag(`for i in ${list(n)}${one('', '', ` if ${bool(n)}`)}`) +
            one(
              '',
              '{{ loop.index }}',
              '{{ loop.last }}',
              '{{ loop.revindex0 }}',
              '{{ loop.cycle("x", "y") }}',
              '{{ loop.previtem|default("-") }}',
              '{{ loop.length }}',
            ) +
            body(n) +
            one('', tag('else') + body(n)) +
            tag('endfor'),
          (n) => `${tag(`for k, v in ${dict(n)}|items`)}{{ k }}={{ v }}${body(n)}${tag('endfor')}`,
          (n) => tag(`set i = ${any(n)}`) + body(n),
          (n) => `${tag('set k') + body(n) + tag('endset')}{{ k }}`,
          (n) => `${tag(`with k = ${text(n)}, i = ${int(n)}`) + body(n) + tag('endwith')}[{{ k }}]`,
          (n) =>
            tag(`filter ${one('upper', 'lower', 'title', 'trim', 'replace("a", "b")')}`) + body(n) + tag('endfilter'),
          (n) => {
            const name = `m${macros++}`;
            return (
              tag(`macro ${name}(i, k=${one('""', '"d f"', 'values.text')})`) +
              body(n) +
              '{{ caller() if caller is defined }}' +
              tag('endmacro') +
              `{{ ${name}(${any(n)}) }}{{ ${name}(k=${text(n)}, i=1) }}` +
              one('', tag(`call ${name}(${int(1)})`) + body(n) + tag('endcall'))
            );
          },
          (n) =>
            `${tag('set ns = namespace(n=0)')}${tag(`for x in ${list(n)}`)}${tag('set ns.n = ns.n + 1')}${tag('endfor')}{{ ns.n }}`,
          () => `{#${dash()} comment {{ x }} ${dash()}#}`,
          () => `{%${dash()} raw ${dash()}%}{{ raw }} {% endraw %}`,
        )(d - 1);
  const body: Rule = (d) => Array.from({ length: 1 + below(3) }, () => statement(d)).join(one('', ' ', '\n'));
  return () => {
    macros = 0;
    return body(3) + one('', '\n', '\n\n');
  };
}

const SIZE = 1000;

// Its panics are written to the console.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
});

async function ours(template: string, mode: Mode, trim: boolean): Promise<Output> {
  const renderer = await createPackRenderer(packOf({ 'templates/t': template }), WORLD);
  try {
    const whitespace = { trimBlocks: trim, lstripBlocks: trim };
    return renderer.render({ values: toGo(VALUES), undefined: mode, whitespace }).files['web/templates/t'] as string;
  } catch (e) {
    if (e instanceof Error && 'code' in e && String(e.code).startsWith('PACK_TEMPLATE')) return undefined;
    throw new Error(`not an error of a template: ${template}`, { cause: e });
  }
}

/** What it panics at is no answer. */
const PANIC = Symbol('panic');

function theirs(template: string, mode: Mode, trim: boolean): Output | typeof PANIC {
  const environment = new Environment();
  environment.undefinedBehavior = mode;
  environment.trimBlocks = trim;
  environment.lstripBlocks = trim;
  try {
    return environment.renderStr(template, { values: VALUES });
  } catch (e) {
    return e instanceof WebAssembly.RuntimeError ? PANIC : undefined;
  }
}

test.each([
  ['chainable', false, 1],
  ['lenient', false, 2],
  ['chainable', true, 3],
] as const)(
  `${SIZE} templates render as MiniJinja renders them: %s, blocks trimmed: %s`,
  { timeout: 60_000 },
  async (mode, trim, seed) => {
    const make = grammar(seed);
    const different: string[] = [];
    const known = new Map<string, number>();
    let [same, failed] = [0, 0];
    for (let i = 0; i < SIZE; i++) {
      const template = make();
      const b = theirs(template, mode, trim);
      if (b === PANIC) continue;
      const a = await ours(template, mode, trim);
      if (a === b) {
        same++;
        if (a === undefined) failed++;
        continue;
      }
      const departure = DEPARTURES.find(({ applies }) => applies(template, a, b));
      if (departure === undefined)
        different.push(`${JSON.stringify(template)}\n  ours ${JSON.stringify(a)}\n  theirs ${JSON.stringify(b)}`);
      else known.set(departure.reason, (known.get(departure.reason) ?? 0) + 1);
    }
    expect(different).toEqual([]);
    expect(same).toBeGreaterThan(SIZE * 0.8);
    expect(failed).toBeLessThan(same / 2);
    expect([...known.values()].reduce((sum, count) => sum + count, 0)).toBeLessThan(SIZE * 0.05);
  },
);

const KINDS = {
  integer: 2,
  zero: 0,
  negative: -3,
  float: 1.5,
  string: 'ab',
  nothing: '',
  list: [1],
  dict: { a: 1 },
  yes: true,
  none: null,
};
const OPERANDS = [...Object.keys(KINDS).map((name) => `values.${name}`), 'missing', 'values.missing'];
const OPERATORS = ['+', '-', '*', '/', '//', '%', '**', '~', '==', '<', '<=', 'in', 'and', 'or'];

/** Where operators differ, and why. */
const REASONS: readonly { readonly reason: string; readonly applies: (text: string, mode: Mode) => boolean }[] = [
  {
    reason: 'strict: as with StrictUndefined of Jinja, what is undefined is not joined, compared or looked for',
    applies: (text, mode) => mode === 'strict' && /missing/.test(text) && / (?:~|<|<=|in|==) /.test(text),
  },
  {
    reason: 'strict: but it may be tested, so that `values.a or 1` and `1 if values.a` need no default',
    applies: (text, mode) => mode === 'strict' && /missing (?:or|and)/.test(text),
  },
  {
    reason: 'true and false are 1 and 0 beside numbers, as in Python',
    applies: (text) => /yes/.test(text) && / (?:<|<=) /.test(text),
  },
];

test.each(['strict', 'lenient', 'chainable'] as const)(
  'each operator with operands of each kind is as in MiniJinja: %s',
  { timeout: 60_000 },
  async (mode) => {
    const different: string[] = [];
    const environment = new Environment();
    environment.undefinedBehavior = mode;
    const reached = new Set<string>();
    for (const operator of OPERATORS) {
      for (const [a, b] of OPERANDS.flatMap((one) => OPERANDS.map((other) => [one, other] as const))) {
        const template = `{{ ${a} ${operator} ${b} }}`;
        let wanted: Output;
        try {
          wanted = environment.renderStr(template, { values: KINDS });
        } catch {
          wanted = undefined;
        }
        let got: Output;
        try {
          const renderer = await createPackRenderer(packOf({ 'templates/t': template }), WORLD);
          got = renderer.render({ values: toGo(KINDS), undefined: mode }).files['web/templates/t'];
        } catch (e) {
          if (!(e instanceof Error && 'code' in e)) throw e;
        }
        if (got === wanted) continue;
        const known = REASONS.find(({ applies }) => applies(template, mode));
        if (known === undefined) different.push(`${template} ours ${got} theirs ${wanted}`);
        else reached.add(known.reason);
      }
    }
    expect(different).toEqual([]);
    expect(reached.size).toBe(mode === 'strict' ? 3 : 1);
  },
);
