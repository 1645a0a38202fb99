export { readLock, restoreCharts, type WriteChartsInput, writeCharts } from './charts-dir.ts';
export { type DependencyListing, type DependencyStatus, listDependencies } from './status.ts';
