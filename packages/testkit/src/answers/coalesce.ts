import { type Chart, coalesceValues, encodeJson, mergeValues, processDependencies, walkCharts } from '@pack/core';
import { loadValidator } from '@pack/engine';
import type { Answer, Question } from '../vectors.ts';
import { chartOf, isAnswer, valuesOf } from './question.ts';

export async function answer(question: Question): Promise<Answer> {
  try {
    const values = valuesOf(question);
    const chart = processDependencies(await chartOf(question), values);
    (await loadValidator(chart))(chart, coalesceValues(chart, values));
    const want = question['want'];
    const seen =
      want === 'chart' ? chart.values : want === 'merge' ? mergeValues(chart, values) : coalesceValues(chart, values);
    return { charts: paths(chart), output: encodeJson(seen) };
  } catch (e) {
    if (isAnswer(e)) return { error: e.message };
    throw e;
  }
}

const paths = (chart: Chart): string[] => [...walkCharts(chart)].map(({ path }) => path).sort();
