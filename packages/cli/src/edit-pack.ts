/** Changes of Pack.yaml that leave its comments and its layout alone. */
import type { Chart, ChartFile } from '@pack/core';
import { fromBytes, toBytes } from 'go-template';
import { parseDocument } from 'yaml';

const FILE = 'Pack.yaml';

/** The pack with other members under `metadata`. */
export function withPackMetadata(chart: Chart, members: Readonly<Record<string, string>>): Chart {
  const edit = (file: ChartFile): ChartFile => {
    if (file.name !== FILE) return file;
    const document = parseDocument(fromBytes(file.data));
    for (const [name, value] of Object.entries(members)) document.setIn(['metadata', name], value);
    return { ...file, data: toBytes(document.toString({ lineWidth: 0 })) };
  };
  return { ...chart, metadata: { ...chart.metadata, ...members }, raw: chart.raw.map(edit) };
}
