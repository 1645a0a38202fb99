// Tags manifests of its own, again and again, once it is told to start: `tagger.mjs FOLDER NAME ROUNDS`.
import { once } from 'node:events';
import { packManifest } from '../../manifest.ts';
import { openLayout } from '../layout.ts';

const [folder = '', name = '', rounds = '0'] = process.argv.slice(2);
process.stdout.write('ready');
await once(process.stdin, 'data');
process.stdin.pause();
for (let i = 0; i < Number(rounds); i++) {
  const store = openLayout(folder).repository(`by/${name}`);
  const { descriptor, data } = packManifest({ layers: [], annotations: { by: name, round: String(i) } });
  await store.push(descriptor, data);
  await store.tag(descriptor, `v${i}`);
}
