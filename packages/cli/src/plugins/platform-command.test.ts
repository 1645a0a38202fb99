import { describe, expect, it } from 'vitest';
import { expand, prepareCommand } from './platform-command.ts';

const command = (os: string, arch: string, text: string) => ({ os, arch, command: text, args: ['$X', 'b'] });
const platform = { os: 'linux', arch: 'amd64' };
const env = { X: 'x', HELM_PLUGIN_DIR: '/p' };

describe('of several commands', () => {
  it.each([
    [
      'the exact one',
      [command('', '', 'any'), command('linux', '', 'os'), command('LINUX', 'AMD64', 'exact')],
      'exact',
    ],
    ['else that of the system', [command('', '', 'any'), command('linux', '', 'os')], 'os'],
    ['else that of none', [command('windows', '', 'win'), command('', '', 'any')], 'any'],
    ['of equals the first', [command('', '', 'one'), command('', '', 'two')], 'one'],
  ])('%s is taken', (_, commands, want) => {
    expect(prepareCommand(commands, { env, platform }).command).toBe(want);
  });

  it.each([
    ['none', []],
    ['none for the system', [command('windows', '', 'x')]],
    ['one for a machine without a system', [command('', 'amd64', 'x')]],
    ['one that is empty', [command('', '', '')]],
  ])('%s is a fault', (_, commands) => {
    expect(() => prepareCommand(commands, { env, platform })).toThrow('no plugin command is applicable');
  });
});

it('expands variables in the command and its arguments, and not in those of the user', () => {
  const commands = [command('', '', '${HELM_PLUGIN_DIR}/run $X')];
  expect(prepareCommand(commands, { env, platform, extraArgs: ['$X'] })).toEqual({
    command: '/p/run',
    args: ['x', 'x', 'b', '$X'],
  });
  expect(prepareCommand(commands, { env, platform, expandArgs: false }).args).toEqual(['$X', '$X', 'b']);
});

it.each([
  ['a$Xb', 'a'],
  ['a${X}b', 'axb'],
  ['$X-$X', 'x-x'],
  ['"$@" $1 $$', '""  '],
  ['$constructor${__proto__}', ''],
])('expands %j as Go does', (text, want) => {
  expect(expand(text, env)).toBe(want);
});
