export { readChart, readChartFiles, type ReadChartOptions } from './chart-dir.ts';
export { writeAtomic } from './write-atomic.ts';
