/** Which command of a plugin is for this machine. Helm: internal/plugin subprocess_commands.go. */
import { PackError } from '@pack/core';
import type { PlatformCommand } from './manifest.ts';

const GO_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm: 'arm', ppc64: 'ppc64le' };
const GO_OS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

/** In Go's names. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

export const ownPlatform = (): Platform => ({
  os: GO_OS[process.platform] ?? process.platform,
  arch: GO_ARCH[process.arch] ?? process.arch,
});

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The program and its arguments. `$NAME` and `${NAME}` in them stand for variables of `env`, not of the shell. Throws
 * PLUGIN_COMMAND_MISSING.
 */
export function prepareCommand(
  commands: readonly PlatformCommand[],
  {
    env,
    expandArgs = true,
    extraArgs = [],
    platform = ownPlatform(),
  }: { env: Env; expandArgs?: boolean; extraArgs?: readonly string[]; platform?: Platform },
): { readonly command: string; readonly args: readonly string[] } {
  const found = commandFor(commands, platform);
  const [main = '', ...more] = found?.command.split(' ') ?? [];
  if (found === undefined || main === '') {
    throw new PackError('PLUGIN_COMMAND_MISSING', 'no plugin command is applicable');
  }
  const own = [...more, ...found.args].map((arg) => (expandArgs ? expand(arg, env) : arg));
  return { command: expand(main, env), args: [...own, ...extraArgs] };
}

/** The most exact: system and machine, then system, then neither; of equals the first. */
function commandFor(commands: readonly PlatformCommand[], { os, arch }: Platform): PlatformCommand | undefined {
  const is = (stated: string, own: string): boolean => stated.toLowerCase() === own;
  return (
    commands.find((one) => is(one.os, os) && is(one.arch, arch)) ??
    commands.find((one) => is(one.os, os) && one.arch === '') ??
    commands.find((one) => one.os === '' && one.arch === '')
  );
}

/** Go: os.Expand. */
export const expand = (text: string, env: Env): string =>
  text.replace(
    /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[*#$@!?\-0-9]))|\$\{/g,
    (_, braced?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      return Object.hasOwn(env, name) ? (env[name] ?? '') : '';
    },
  );
