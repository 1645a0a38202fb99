/** What came of tests. */
import type { SnapshotCounts } from './snapshot.ts';

export interface AssertionResult {
  readonly index: number;
  readonly type: string;
  readonly not: boolean;
  readonly passed: boolean;
  /** Why it was not asked. */
  readonly skipped?: string;
  readonly info: readonly string[];
}

export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly skipped: boolean;
  /** What kept it from being run, or rendered. */
  readonly error?: string;
  readonly assertions: readonly AssertionResult[];
  readonly milliseconds: number;
}

export interface SuiteResult {
  readonly name: string;
  readonly path: string;
  readonly passed: boolean;
  readonly skipped: boolean;
  /** Why none of its tests could be run. */
  readonly error?: string;
  readonly tests: readonly TestResult[];
  readonly snapshots: SnapshotCounts;
}

export interface ChartResult {
  readonly name: string;
  readonly path: string;
  readonly suites: readonly SuiteResult[];
  /** Why none of its suites could be run. */
  readonly error?: string;
}

export const isPassed = ({ suites, error }: ChartResult): boolean =>
  error === undefined && suites.every(({ passed, skipped }) => passed || skipped);
