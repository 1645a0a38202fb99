// Imports point one way: packages may only depend on what the table of docs/architecture.md allows.
import { readdirSync, readFileSync } from 'node:fs';

const ALLOWED = {
  'go-template': [],
  '@pack/core': ['go-template'],
  '@pack/engine': ['@pack/core', 'go-template'],
  '@pack/cli': ['@pack/core', '@pack/engine', 'go-template'],
  '@pack/testkit': ['@pack/core', '@pack/engine', 'go-template'],
};

const faults = readdirSync('packages').flatMap((folder) => {
  const { name, dependencies = {} } = JSON.parse(readFileSync(`packages/${folder}/package.json`, 'utf8'));
  const allowed = ALLOWED[name];
  if (allowed === undefined) return [`${name} is not in the table of scripts/check-layers.mjs`];
  return Object.keys(dependencies)
    .filter((dependency) => dependency in ALLOWED && !allowed.includes(dependency))
    .map((dependency) => `${name} → ${dependency}`);
});
if (faults.length > 0) {
  console.error(`imports must point down: ${faults.join(', ')}`);
  process.exit(1);
}
