export { type ConvertedChart, type ConvertOptions, convertChart, type TemplateReport } from './chart.ts';
