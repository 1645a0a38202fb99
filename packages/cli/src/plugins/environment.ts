/** What plugins see of the environment. */
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { setting, settingsOf } from '../settings.ts';

/** What a program needs to run at all; none of it is secret. */
const HARMLESS = new Set([
  'HOME',
  'LANG',
  'LANGUAGE',
  'LOGNAME',
  'PATH',
  'PATHEXT',
  'SHELL',
  'SYSTEMROOT',
  'TEMP',
  'TERM',
  'TMP',
  'TMPDIR',
  'TZ',
  'USER',
  'USERPROFILE',
]);

const SECRET = /TOKEN|PASSWORD|PASSPHRASE|SECRET|CONNECTION_STRING|PLAN_KEY|CREDENTIAL/;

/** Of the environment: PATH, HOME and their like, and HELM_… and PACK_… but for those that are secret. */
export const harmlessEnvironment = (env: Io['env']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined &&
      (HARMLESS.has(name.toUpperCase()) || /^LC_/.test(name) || (/^(?:HELM|PACK)_/.test(name) && !SECRET.test(name)))
        ? [[name, value]]
        : [],
    ),
  );

/**
 * What a program of a plugin gets. Helm hands on the whole environment, and its plugins count on it: those for secrets
 * read the credentials of clouds there. `PACK_PLUGIN_ENV=minimal` hands on what is harmless. Helm's settings come on
 * top for commands only, as with Helm.
 */
export function pluginEnvironment(
  plugin: { readonly name: string; readonly dir: string },
  io: Io,
  settings?: Given,
): Record<string, string> {
  const isMinimal = setting(io.env, 'PLUGIN_ENV') === 'minimal';
  const base = isMinimal ? harmlessEnvironment(io.env) : definedOf(io.env);
  const of = settings === undefined ? {} : settingsOf(settings, io.env);
  if (isMinimal && 'HELM_KUBETOKEN' in of) of['HELM_KUBETOKEN'] = '';
  return { ...base, ...of, HELM_PLUGIN_NAME: plugin.name, HELM_PLUGIN_DIR: plugin.dir };
}

const definedOf = (env: Io['env']): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
