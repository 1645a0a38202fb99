import { describe, expect, test } from 'vitest';

import type { ChartResult, SuiteResult } from '../result.ts';
import { coverageReport } from './coverage.ts';
import { formatReport, REPORT_FORMATS } from './files.ts';
import { chartHeader, NO_PAINT, suiteReport, summary } from './text.ts';

const snapshots = { total: 2, failed: 1, created: 0, vanished: 0 };
const SUITE: SuiteResult = {
  name: 'web <1>',
  path: 'c/tests/web_test.yaml',
  passed: false,
  skipped: false,
  snapshots,
  tests: [
    { name: 'good', passed: true, skipped: false, assertions: [], milliseconds: 12 },
    {
      name: 'bad',
      passed: false,
      skipped: false,
      assertions: [{ index: 1, type: 'equal', not: true, passed: false, info: ['Expected:', '\ta & "b"\u0001'] }],
      milliseconds: 3,
    },
    { name: 'broken', passed: false, skipped: false, error: 'no values', assertions: [], milliseconds: 0 },
    { name: 'later', passed: false, skipped: true, assertions: [], milliseconds: 0 },
  ],
};
const UNREADABLE: SuiteResult = { ...SUITE, name: '', error: 'no tests found', tests: [] };
const CHARTS: ChartResult[] = [{ name: 'c', path: './c', suites: [SUITE, UNREADABLE] }];

describe('text', () => {
  test('a suite', () => {
    expect(suiteReport(SUITE, NO_PAINT)).toBe(
      ' FAIL  web <1>\tc/tests/web_test.yaml\n\t- bad\n\n\t\t- asserts[1] NOT `equal` fail\n\t\t\tExpected:\n\t\t\t\ta & "b"\u0001\n\n' +
        "\t- broken\n\t\tError: no values\n\n\t- SKIPPED 'later'\n",
    );
    expect(suiteReport(UNREADABLE, NO_PAINT)).toContain('- Execution Error: \n\t\tno tests found\n');
  });

  test('a chart that cannot be read', () => {
    expect(chartHeader({ name: '', path: 'x', error: 'no chart' }, NO_PAINT)).toBe('\n### Error:  no chart\n\n');
  });

  test('the end', () => {
    expect(summary(CHARTS, 1234, NO_PAINT)).toBe(
      '\nSnapshot Summary: 2 snapshot failed in 2 test suite. Check changes and use `-u` to update snapshot.\n\n' +
        'Charts:      1 failed, 0 passed, 1 total\nTest Suites: 2 failed, 1 errored, 0 passed, 2 total\n' +
        'Tests:       2 failed, 1 errored, 1 passed, 1 skipped, 4 total\nSnapshot:    2 failed, 2 passed, 4 total\nTime:        1.234s\n\n',
    );
  });

  test('coverage', () => {
    const missed = [{ path: 'c/templates/a.yaml', line: 3, column: 5, kind: 'else' }];
    expect(coverageReport([{ path: 'c/templates/a.yaml', branches: 4, entered: 3, missed }], NO_PAINT)).toBe(
      'Branches:    75.0% (3 of 4)\n   75.0%  c/templates/a.yaml (3 of 4)\n          3:5 else\n\n',
    );
  });
});

describe('reports for programs', () => {
  const context = { host: 'h', time: '2026-01-02T03:04:05.678Z' };

  test.each(REPORT_FORMATS)('%s is well-formed and names every test', (format) => {
    const xml = formatReport(format, [SUITE, UNREADABLE], context);
    for (const name of ['good', 'bad', 'broken', 'later']) expect(xml).toContain(`name="${name}"`);
    expect(xml).toContain('no tests found');
    expect(xml).toContain('web &lt;1&gt;'.slice(0, format === 'Sonar' ? 0 : undefined));
    // XML has no way to write most control characters.
    expect(xml).not.toContain('\u0001');
    const open = [...xml.matchAll(/<(\/?)([\w-]+)/g)];
    const depth: string[] = [];
    for (const [, slash, name] of open) {
      if (slash === '') depth.push(name as string);
      else expect(depth.pop()).toBe(name);
    }
    expect(depth).toEqual([]);
  });

  test('JUnit', () => {
    expect(
      formatReport('JUnit', [SUITE], context)
        .split('\n')
        .slice(1, 5)
        .map((line) => line.trim()),
    ).toEqual([
      '<testsuite id="0" tests="4" failures="1" errors="1" skipped="1" package="" name="web &lt;1&gt;" file="c/tests/web_test.yaml" time="0.015" timestamp="2026-01-02T03:04:05" hostname="h">',
      '<testcase classname="web &lt;1&gt;" name="good" time="0.012"></testcase>',
      '<testcase classname="web &lt;1&gt;" name="bad" time="0.003">',
      '<failure message="Failed" type="">- asserts[1] NOT `equal` fail&#xA;&#x9;Expected:&#xA;&#x9;&#x9;a &amp; &#34;b&#34;\ufffd</failure>',
    ]);
  });
});
