// Imports point one way: what packages declare and what their sources import is held to the table of
// docs/architecture.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED = {
  'go-template': [],
  'oci-client-ts': [],
  '@pack/core': ['go-template'],
  '@pack/engine': ['@pack/core', 'go-template'],
  '@pack/jinja': ['@pack/core', '@pack/engine', 'go-template'],
  '@pack/convert': ['@pack/core', 'go-template'],
  '@pack/unittest': ['@pack/core', '@pack/engine', 'go-template'],
  '@pack/repo': ['@pack/core', 'go-template', 'oci-client-ts'],
  '@pack/resolver': ['@pack/core', 'go-template'],
  '@pack/provenance': ['@pack/core', 'go-template'],
  '@pack/kube': ['@pack/core', 'go-template'],
  '@pack/release': ['@pack/core', '@pack/kube', 'go-template'],
  '@pack/secrets': ['@pack/core', 'go-template'],
  '@pack/cli': [
    '@pack/convert',
    '@pack/core',
    '@pack/engine',
    '@pack/jinja',
    '@pack/repo',
    '@pack/resolver',
    '@pack/provenance',
    '@pack/kube',
    '@pack/release',
    '@pack/secrets',
    '@pack/unittest',
    'oci-client-ts',
    'go-template',
  ],
  '@pack/testkit': [
    '@pack/convert',
    'oci-client-ts',
    '@pack/core',
    '@pack/provenance',
    '@pack/engine',
    '@pack/jinja',
    'go-template',
    '@pack/repo',
    '@pack/resolver',
    '@pack/kube',
    '@pack/release',
    '@pack/unittest',
    '@pack/secrets',
  ],
};

const IMPORTS = /(?:\bfrom|\bimport\(|^import)\s*['"]((?:@pack\/)?[a-z][\w-]*)(?:\/[^'"]*)?['"]/gm;

/** Sources that are shipped; tests may import the testkit. */
const sources = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));

function faultsOf(folder) {
  const { name, dependencies = {} } = JSON.parse(readFileSync(`packages/${folder}/package.json`, 'utf8'));
  const allowed = ALLOWED[name];
  if (allowed === undefined) return [`${name} is not in the table of scripts/check-layers.mjs`];
  const forbidden = (other) => other in ALLOWED && other !== name && !allowed.includes(other);
  return [
    ...Object.keys(dependencies)
      .filter(forbidden)
      .map((other) => `packages/${folder}/package.json → ${other}`),
    ...sources(`packages/${folder}/src`).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(IMPORTS)]
        .map(([, other]) => other)
        .filter(forbidden)
        .map((other) => `${file} → ${other}`),
    ),
  ];
}

const faults = readdirSync('packages').flatMap(faultsOf);
if (faults.length > 0) {
  console.error(`imports must point down:\n${faults.join('\n')}`);
  process.exit(1);
}
