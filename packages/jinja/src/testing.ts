/** Packs from texts, for tests. */
import { type Chart, parseChart } from '@pack/core';
import { toBytes } from 'go-template';

export const PACK_YAML = 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata:\n  name: web\n  version: 1.0.0\n';

/** The pack that some files make; Pack.yaml stands for one named `web` where it is not given. */
export const packOf = (files: Readonly<Record<string, string>>): Chart =>
  parseChart(
    Object.entries({ 'Pack.yaml': PACK_YAML, ...files }).map(([name, text]) => ({ name, data: toBytes(text) })),
  );
