export { type ReadChartOptions, readChart, readChartFiles } from './chart-dir.ts';
export { writeAtomic } from './write-atomic.ts';
