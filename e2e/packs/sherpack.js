// Usage: SHERPACK=PROGRAM node e2e/packs/sherpack.js
// Packs of examples/, and the one that `create --pack` makes, rendered by Sherpack 0.4 too: the objects are the same. Prints
// `N passed, N failed, N skipped`.
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareObjects, objectsOf, sherpackText } from '../lib/objects.js';
import { run } from '../lib/programs.js';
import { suite } from '../lib/suite.js';

const { root, check, skip, write, end, pack } = suite('sherpack');
const sherpack = process.env.SHERPACK;
const examples = fileURLToPath(new URL('../../examples', import.meta.url));

/** A copy that Sherpack 0.4 reads: it knows neither the form of Pack.yaml of its own roadmap nor `type`. */
function copyOf(folder) {
  const copy = join(root, 'copies', folder.split('/').at(-1));
  cpSync(folder, copy, { recursive: true });
  const file = join(copy, 'Pack.yaml');
  const text = readFileSync(file, 'utf8')
    .replace('sherpack.io/v1', 'sherpack/v1')
    .replace('kind: Pack', 'kind: application');
  write(file, text.replace(/^type: .*\n/m, ''));
  return copy;
}

async function same(folder) {
  const name = folder.split('/').at(-1);
  const ci = join(folder, 'ci');
  const files = existsSync(ci) ? readdirSync(ci).map((file) => join(ci, file)) : [];
  const copy = copyOf(folder);
  for (const file of [undefined, ...files]) {
    const title = `${name} with ${file === undefined ? 'its values' : file.split('/').at(-1)}`;
    const args = ['template', 'rel', folder, ...(file === undefined ? [] : ['-f', file])];
    const ours = await pack(args, { home: root });
    const theirs = await run(sherpack, args.with(2, copy), { cwd: root });
    const objects = objectsOf(ours.stdout);
    const text = sherpackText(Buffer.from(theirs.stdout, 'latin1').toString('utf8'));
    const { first } = compareObjects({ once: objects, again: objects }, text);
    check(title, ours.code === 0 && objects.size > 0 && first === undefined, first ?? `${ours.stderr}${theirs.stderr}`);
  }
}

if (sherpack === undefined) skip('packs rendered by Sherpack too', 'SHERPACK does not name its program');
else {
  const folders = readdirSync(examples).map((name) => join(examples, name));
  for (const folder of folders) if (existsSync(join(folder, 'Pack.yaml'))) await same(folder);
  await pack(['create', '--pack', 'web'], { home: root, cwd: root });
  await same(join(root, 'web'));
}
end();
