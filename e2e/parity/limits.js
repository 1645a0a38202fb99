// Input that is made to hurt, given to the program itself: it must end with an error, within a minute and 1 GB.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packProgram } from '../lib/programs.js';

const [SECONDS, MB] = [60, 1000];
const folder = mkdtempSync(join(tmpdir(), 'pack-limits-'));

function chart(name, template, values = '') {
  for (const [file, content] of [
    ['Chart.yaml', `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`],
    ['values.yaml', values],
    ['templates/a.yaml', template],
  ]) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return join(folder, name);
}

/** 10 GB of zeros after the header of a file, in a gzip stream of many members: 10 MB. */
function hugeArchive() {
  const [members, size] = [100, 100 * 1024 * 1024];
  const head = Buffer.alloc(512);
  head.write('c/values.yaml', 0);
  head.write('0000644\0', 100);
  head.write(`${(members * size).toString(8).padStart(11, '0')} `, 124);
  head.write('0', 156);
  head.fill(0x20, 148, 156);
  head.write(
    `${head
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const zeros = gzipSync(Buffer.alloc(size), { level: 1 });
  const path = join(folder, 'bomb.tgz');
  writeFileSync(path, Buffer.concat([gzipSync(head), ...Array.from({ length: members }, () => zeros)]));
  return path;
}

const doubling =
  't: \'{{ if gt .n 0 }}{{ $d := dict "n" (sub .n 1) "Values" .Values "Template" .Template }}{{ tpl .Values.t $d }}{{ tpl .Values.t $d }}{{ end }}\'';
const aliases = Array.from('bcdefghij', (c) => {
  const before = String.fromCharCode(c.charCodeAt(0) - 1);
  return `${c}: &${c} [${`*${before}, `.repeat(8)}x]`;
});

const cases = [
  ['an archive of 10 GB', hugeArchive()],
  [
    'a tpl that doubles itself',
    chart('tpl', '{{ tpl .Values.t (dict "n" 64 "Values" .Values "Template" .Template) }}', doubling),
  ],
  ['ranges within ranges', chart('ranges', `${'{{ range until 1000 }}'.repeat(6)}x${'{{ end }}'.repeat(6)}`)],
  [
    'an include that includes itself',
    chart('cyclic', '{{ define "c" }}{{ include "c" . }}{{ end }}{{ include "c" . }}'),
  ],
  ['a YAML alias bomb', chart('alias', 'x', ['a: &a [x, x, x, x, x, x, x, x, x]', ...aliases].join('\n'))],
  [
    'a text that doubles',
    chart('text', `{{ $x := "xxxxxxxx" }}{{ range until 60 }}{{ $x = cat $x $x }}{{ end }}{{ $x }}`),
  ],
];

function watch(path) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [packProgram, 'template', path], { stdio: ['ignore', 'ignore', 'pipe'] });
    const start = Date.now();
    let [mb, err] = [0, ''];
    const timer = setInterval(() => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      mb = Math.max(mb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      if (Date.now() - start > SECONDS * 1000) child.kill('SIGKILL');
    }, 10);
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ code, err, mb, seconds: (Date.now() - start) / 1000 });
    });
  });
}

let failed = 0;
try {
  for (const [name, path] of cases) {
    const { code, err, mb, seconds } = await watch(path);
    const good = code === 1 && err.startsWith('Error: ') && mb < MB;
    if (!good) failed++;
    console.log(
      `${good ? 'ok  ' : 'FAIL'} ${name}: exit ${code}, ${seconds.toFixed(1)} s, ${mb.toFixed(0)} MB: ${err.split('\n')[0].slice(0, 100)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${cases.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
