/**
 * Loads the chunks of the bundle. They are CommonJS and come with V8's compiled code, because on Node 20 the loader of
 * ES modules and compiling take longer than a small render; Node 22 and later keep compiled code by themselves.
 */
const { readFileSync } = require('node:fs');
const module_ = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, '../dist/bundle');
const keepsCode = module_.enableCompileCache !== undefined;
if (keepsCode) module_.enableCompileCache();

/** Compiled code of another V8 is refused by V8 itself. */
const codeOf = (name) => join(folder, `${name}.${process.versions.v8}.code`);

/** What was loaded, by the name of the chunk. */
const scripts = new Map();
const loaded = new Map();

function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const cachedData = readIfThere(codeOf(name));
  // Another Node than the one that built: it keeps compiled code by itself, of what it loads itself.
  if (cachedData === undefined && keepsCode) return require(join(folder, name));
  const file = join(folder, name);
  const source = module_.wrap(readFileSync(file, 'utf8'));
  const script = new Script(source, { filename: file, ...(cachedData !== undefined && { cachedData }) });
  const chunk = { exports: {} };
  scripts.set(name, script);
  loaded.set(name, chunk);
  script.runInThisContext()(chunk.exports, require_, chunk, file, folder);
  return chunk.exports;
}

/** All chunks are in one folder. */
const outside = module_.createRequire(join(folder, 'bin.js'));
const require_ = (id) => (id.startsWith('./') ? load(id.slice(2)) : outside(id));

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

module.exports = { load, scripts, codeOf };
