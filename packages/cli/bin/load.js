/**
 * Loads the chunks of the bundle. They are CommonJS and lie in one file with V8's compiled code of them, because on Node 20
 * the loader of ES modules, compiling, and opening dozens of files take longer than a small render; Node 22 and later keep
 * compiled code by themselves.
 */
const { openSync, readFileSync, readSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, '../dist/bundle');
/** Of this V8: another one would refuse the code. */
const archiveFile = join(folder, `chunks.${process.versions.v8}`);
const archive = openArchive();
/** Whether Node keeps compiled code of what it loads itself. To ask costs more than to load a chunk. */
const keepsCode = archive === undefined && require('node:module').enableCompileCache?.() !== undefined;

/**
 * The file begins with the length of its index in four bytes, little-endian. The index says of each chunk where it begins
 * behind the index, how long its text is, wrapped as that of a module, and how long the code that follows.
 */
function openArchive() {
  let file;
  try {
    file = openSync(archiveFile);
  } catch {
    return undefined;
  }
  const length = read(file, 0, 4).readUInt32LE();
  return { file, index: JSON.parse(read(file, 4, length).latin1Slice()), start: 4 + length };
}

function read(file, at, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}

/** The text of a chunk, and the code if there is any. */
function chunkOf(name) {
  const known = archive?.index[name];
  if (known === undefined) return { source: module.constructor.wrap(readFileSync(join(folder, name), 'utf8')) };
  const [at, text, code] = known;
  const bytes = read(archive.file, archive.start + at, text + code);
  return { source: bytes.latin1Slice(0, text), ...(code > 0 && { cachedData: bytes.subarray(text) }) };
}

/** What was loaded, by the name of the chunk. */
const scripts = new Map();
const loaded = new Map();

function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  if (keepsCode) return require(join(folder, name));
  const file = join(folder, name);
  const { source, ...code } = chunkOf(name);
  const script = new Script(source, { filename: file, ...code });
  const chunk = { exports: {} };
  scripts.set(name, script);
  loaded.set(name, chunk);
  script.runInThisContext()(chunk.exports, require_, chunk, file, folder);
  return chunk.exports;
}

/** All chunks are in one folder. */
const require_ = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));

module.exports = { load, scripts, folder, archiveFile };
