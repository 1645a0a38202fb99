/** JSON patches. RFC 6902; its pointers: RFC 6901. */
import { type Fields, isEqual, isFields } from '../patch/json.ts';

/** Why a patch cannot be made: a path that leads nowhere, or a test that fails. */
export class JsonPatchError extends Error {}

/** What the operations make of a value, which stays as it is. Throws JsonPatchError. */
export function applyJsonPatch(value: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new JsonPatchError('a JSON patch is a list of operations');
  let document = structuredClone(value);
  for (const operation of patch) document = applyOperation(document, operation);
  return document;
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isFields(operation)) throw new JsonPatchError('an operation is an object');
  const { op, value } = operation;
  const path = pointer(operation.path);
  switch (op) {
    case 'add':
      return put(document, path, structuredClone(value), true);
    case 'replace':
      return put(document, path, structuredClone(value), false);
    case 'remove':
      return removed(document, path);
    case 'copy':
      return put(document, path, structuredClone(at(document, pointer(operation.from))), true);
    case 'move': {
      const from = pointer(operation.from);
      if (path.length > from.length && from.every((name, i) => name === path[i])) {
        throw new JsonPatchError('a value cannot be moved into itself');
      }
      const moved = at(document, from);
      return put(removed(document, from), path, moved, true);
    }
    case 'test':
      if (isEqual(at(document, path), value)) return document;
      throw new JsonPatchError(`testing value ${String(operation.path)} failed`);
    default:
      throw new JsonPatchError(`Unexpected kind: ${String(op)}`);
  }
}

function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new JsonPatchError(`${String(text)} is no path`);
  }
  return text
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const missing = (path: readonly string[]): JsonPatchError =>
  new JsonPatchError(`there is nothing at /${path.join('/')}`);

function at(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) {
    if (Array.isArray(value)) value = value[indexOf(name, value.length - 1, path)];
    else if (isFields(value) && Object.hasOwn(value, name)) value = value[name];
    else throw missing(path);
  }
  return value;
}

function indexOf(name: string, last: number, path: readonly string[]): number {
  const index = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : -1;
  if (index < 0 || index > last) throw missing(path);
  return index;
}

/** Adds, which shifts what follows in a list, or puts in place of what must be there. */
function put(document: unknown, path: readonly string[], value: unknown, isNew: boolean): unknown {
  const name = path.at(-1);
  if (name === undefined) return value;
  const parent = at(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    if (!isNew) parent[indexOf(name, parent.length - 1, path)] = value;
    else parent.splice(name === '-' ? parent.length : indexOf(name, parent.length, path), 0, value);
  } else if (isFields(parent) && (isNew || Object.hasOwn(parent, name))) define(parent, name, value);
  else throw missing(path);
  return document;
}

/** `__proto__` is a name like any other. */
const define = (fields: Fields, name: string, value: unknown): unknown =>
  Object.defineProperty(fields, name, { value, configurable: true, enumerable: true, writable: true });

function removed(document: unknown, path: readonly string[]): unknown {
  const name = path.at(-1);
  if (name === undefined) return null;
  const parent = at(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(indexOf(name, parent.length - 1, path), 1);
  else if (isFields(parent) && Object.hasOwn(parent, name)) delete parent[name];
  else throw missing(path);
  return document;
}
