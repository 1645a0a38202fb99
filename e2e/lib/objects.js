// Objects of rendered texts, compared by what they say: layout and order are no difference.
import { decodeYaml, splitManifests } from '../../packages/core/dist/index.js';

/** Objects by what they are, in the order of their texts where several are the same. What is no YAML is none. */
export function objectsOf(text) {
  const objects = new Map();
  for (const manifest of splitManifests(text)) {
    let object;
    try {
      object = decodeYaml(manifest);
    } catch {
      continue;
    }
    if (object === null || typeof object !== 'object') continue;
    const { apiVersion, kind, metadata } = object;
    const name = [apiVersion, kind, metadata?.namespace, metadata?.name ?? metadata?.generateName].join('/');
    let key = name;
    for (let n = 2; objects.has(key); n++) key = `${name}#${n}`;
    objects.set(key, JSON.parse(JSON.stringify(object, (_, v) => (typeof v === 'bigint' ? String(v) : v))));
  }
  return objects;
}

/** Whether `c` is `a`, but for leaves that are others in `b`, which is `a` once more. */
function isSame(a, b, c) {
  if (typeof a !== 'object' || a === null) return a === c || (a !== b && typeof a === typeof c);
  if (typeof b !== 'object' || b === null || typeof c !== 'object' || c === null) return false;
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(c) || keys.length !== Object.keys(c).length) return false;
  return keys.every((key) => Object.hasOwn(c, key) && isSame(a[key], b[key], c[key]));
}

/** What a text has of objects, rendered once and again: how many are the same, and the first that is not. */
export function compareObjects({ once, again }, text) {
  const own = objectsOf(text);
  let [same, first] = [0, undefined];
  for (const [key, object] of once) {
    const other = own.get(key);
    if (other !== undefined && isSame(object, again.get(key) ?? object, other)) same++;
    else first ??= other === undefined ? `${key} is missing` : `${key} differs`;
  }
  for (const key of own.keys()) if (!once.has(key)) first ??= `${key} is too much`;
  return { same, first };
}

/** What `sherpack template` prints, as Helm would have: with marks between files, without notes, and Helm as who manages. */
export function sherpackText(text) {
  const [files = ''] = text.split(/^# NOTES:$/m);
  return files.replace(/^# Source: /gm, (source) => `---\n${source}`).replace(/\bSherpack\b/g, 'Helm');
}
