export { type Branch, type Coverage, createCoverage, type TemplateCoverage } from './coverage.ts';
export { UnittestError, type UnittestErrorCode } from './error.ts';
export { coverageReport } from './report/coverage.ts';
export { formatReport, REPORT_FORMATS, type ReportContext, type ReportFormat } from './report/files.ts';
export { chartHeader, NO_PAINT, type Paint, suiteReport, summary } from './report/text.ts';
export { type AssertionResult, type ChartResult, isPassed, type SuiteResult, type TestResult } from './result.ts';
export { runSuites, type TestRenderer, type UnittestOptions, type UnittestPorts } from './run.ts';
export type { SnapshotCounts } from './snapshot.ts';
export { type PostRenderer, type ReadSuitesOptions, readSuites, type Suite } from './suite.ts';
