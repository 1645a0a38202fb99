// One command line, run by both programs and compared: exit code, bytes of stdout, Helm's error.
import { runHelm, runPack } from '../lib/programs.js';

/** A build of Helm without a stamp calls itself v4.2. */
export const normalized = (text) => text.replaceAll(/\bv4\.2\b(?!\.)/g, 'v4.2.4');

/** Helm's own error, without log lines and without the hints that pack adds behind it. */
export function errorOf(stderr) {
  const lines = stderr.split('\n');
  const start = lines.findIndex((line) => line.startsWith('Error: '));
  const text = start < 0 ? '' : lines.slice(start).join('\n').trim();
  // The order of complaints about a schema is that of a Go map.
  return text.includes('the specifications of the schema(s)') ? text.split('\n').sort().join('\n') : text;
}

/** Lines in which two runs of Helm differ hold something random or of the moment: they are compared as `*`. */
function masked(text, a, b) {
  const [x, y] = [a.split('\n'), b.split('\n')];
  return text
    .split('\n')
    .map((line, i) => (x[i] === y[i] ? line : '*'))
    .join('\n');
}

/** The log lines, each once. Coalescing warns once in pack, and calls warnings what Helm logs as information. */
const logsOf = (stderr) =>
  [...new Set(stderr.split('\n').filter((line) => line.startsWith('level=')))]
    .map((line) => line.replace(/^level=\w+ /, ''))
    .sort()
    .join('\n');

/**
 * Undefined when both agree, otherwise what is different. `canonical` is done to both texts before; `logs` asks for
 * equal log lines too.
 */
export async function compare(args, { canonical = (text) => text, logs = false } = {}) {
  const [helm, pack] = (await Promise.all([runHelm(args), runPack(args)])).map((ran) => ({
    ...ran,
    stdout: canonical(ran.stdout),
  }));
  if (logs && logsOf(helm.stderr) !== logsOf(pack.stderr))
    return `logs:\n- ${logsOf(helm.stderr)}\n+ ${logsOf(pack.stderr)}`;
  if (helm.code !== pack.code) return `exit codes: helm ${helm.code}, pack ${pack.code}\n${helm.stderr}${pack.stderr}`;
  const [wanted, got] = [normalized(errorOf(helm.stderr)), normalized(errorOf(pack.stderr))];
  if (wanted !== got && !got.startsWith(`${wanted}\n`)) return `errors:\n- ${wanted}\n+ ${got}`;
  if (normalized(helm.stdout) === normalized(pack.stdout)) return undefined;
  const again = canonical((await runHelm(args)).stdout);
  const [a, b] = [helm.stdout, pack.stdout].map((text) => normalized(masked(text, helm.stdout, again)));
  return a === b ? undefined : firstDifference(a, b);
}

function firstDifference(a, b) {
  const [x, y] = [a.split('\n'), b.split('\n')];
  const at = x.findIndex((line, i) => line !== y[i]);
  const i = at < 0 ? x.length : at;
  return `line ${i + 1}:\n- ${x[i]}\n+ ${y[i]}`;
}
