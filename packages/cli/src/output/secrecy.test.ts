import { expect, test } from 'vitest';

import { conceal } from './secrecy.ts';

const secret = `---
# Source: a/templates/s.yaml
apiVersion: v1
kind: Secret
metadata: {name: hush}
data: {password: ${btoa('hunter2')}}
stringData: {url: "db://me:pa55word@host"}
`;
const other = '---\n# Source: a/templates/c.yaml\nkind: ConfigMap\ndata: {url: "db://me:pa55word@host", a: b}\n';

test('Secrets are left out, and what is in them is nowhere else', () => {
  const list = '---\nkind: List\nitems:\n- kind: Secret\n  stringData: {x: in-a-list}\n';
  const { manifest, hooks } = conceal(`${secret}${other}${list}`, [secret.replace('s.yaml', 'hook.yaml')]);
  expect(manifest).toBe(
    `---\n# Source: a/templates/s.yaml\n# HIDDEN: The Secret output has been suppressed\n${other.replace('db://me:pa55word@host', '(hidden)')}${list.replace('in-a-list', '(hidden)')}`,
  );
  expect(hooks).toEqual(['---\n# Source: a/templates/hook.yaml\n# HIDDEN: The Secret output has been suppressed\n']);
});

test('values that are in Secrets, or may be', () => {
  const values = {
    password: 'hunter2',
    db: { pass: 'pa55word', host: 'host', port: 5432n, on: true, a: 'b' },
    list: ['x'],
  };
  expect(conceal(secret, []).values(values)).toEqual({
    password: '(hidden)',
    db: { pass: '(hidden)', host: '(hidden)', port: 5432n, on: true, a: 'b' },
    list: ['x'],
  });
  const unknown = conceal('---\n# HIDDEN: The Secret output has been suppressed\n', []).values(values);
  expect(JSON.stringify(unknown)).not.toMatch(/hunter2|pa55word|5432/);
  expect(unknown).toMatchObject({ db: { on: true } });
});

test('what is no YAML is left as it is', () => {
  expect(conceal('a: [\n', []).manifest).toBe('a: [\n');
});
