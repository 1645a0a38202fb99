/** Flags that several commands share. */
import { type Flag, type Flags, floatFault, intFault, uintFault } from './parse.ts';

export const bool = (usage: string, short?: string): Flag => ({
  type: 'bool',
  usage,
  ...(short !== undefined && { short }),
});
export const text = (usage: string, preset = '', short?: string): Flag => ({
  type: 'string',
  usage,
  preset,
  ...(short !== undefined && { short }),
});
export const int = (usage: string, preset: string, short?: string): Flag => ({
  ...text(usage, preset, short),
  kind: 'int',
  fault: intFault,
});
export const uint = (usage: string, preset: string): Flag => ({
  ...text(usage, preset),
  kind: 'uint',
  fault: uintFault,
});
export const list = (usage: string, short?: string): Flag => ({
  type: 'list',
  usage,
  ...(short !== undefined && { short }),
});

const color: Flag = {
  ...text('when to colour output', 'auto'),
  choices: [
    ['never', 'no colours'],
    ['auto', 'colours on a terminal'],
    ['always', 'colours everywhere'],
  ],
};

/** Understood before any command, as Helm's persistent flags. */
export const globalFlags: Flags = {
  'burst-limit': int('client-side throttling limit', '100'),
  color,
  colour: { ...color, hidden: true },
  'content-cache': text('folder of cached charts'),
  debug: bool('show causes of errors and more'),
  help: bool('help for the command', 'h'),
  'kube-apiserver': text('address and port of the Kubernetes API server'),
  'kube-as-group': list('group to act for'),
  'kube-as-user': text('user to act for'),
  'kube-ca-file': text('certificate authority of the Kubernetes API server'),
  'kube-context': text('context of the kubeconfig to use'),
  'kube-insecure-skip-tls-verify': bool('accept any certificate of the Kubernetes API server'),
  'kube-tls-server-name': text('name that the certificate of the Kubernetes API server must have'),
  'kube-token': text('bearer token'),
  kubeconfig: text('path of the kubeconfig file'),
  namespace: text('namespace of the request', '', 'n'),
  qps: { ...text('queries per second against the Kubernetes API'), kind: 'float32', fault: floatFault },
  'registry-config': text('path of the credentials of registries'),
  'repository-cache': text('folder of cached indexes'),
  'repository-config': text('path of the list of repositories'),
};

export const valueFlags: Flags = {
  values: {
    type: 'list',
    usage: 'a YAML file of values, `-` for standard input, or a URL; may be repeated',
    short: 'f',
    commas: true,
  },
  set: list('set a value: key1=val1,key2=val2'),
  'set-file': list('set a value from a file: key=path'),
  'set-json': list('set a JSON value: key=json, or a whole object'),
  'set-literal': list('set a string just as it is: key=text'),
  'set-string': list('set a string: key1=val1,key2=val2'),
};

/** How servers are reached, where a command asks several. */
export const accessFlags: Flags = {
  'ca-file': text('verify certificates of HTTPS servers with this bundle'),
  'cert-file': text('identify to HTTPS servers with this certificate'),
  'insecure-skip-tls-verify': bool('accept any certificate'),
  'key-file': text('identify to HTTPS servers with this key'),
  password: text('password for the repository'),
  'plain-http': bool('use HTTP for registries'),
  username: text('user name for the repository'),
};

/** Where a chart comes from. */
export const chartFlags: Flags = {
  'allow-digest-mismatch': bool('take an archive that is not the one that the index speaks of'),
  offline: bool('take all from the cache'),
  'ca-file': text('verify certificates of HTTPS servers with this bundle'),
  'cert-file': text('identify to HTTPS servers with this certificate'),
  devel: bool('use development versions too'),
  'insecure-skip-tls-verify': bool('accept any certificate'),
  'key-file': text('identify to HTTPS servers with this key'),
  keyring: text('public keys to verify with'),
  'pass-credentials': bool('send credentials to all hosts'),
  password: text('password for the repository'),
  'plain-http': bool('use HTTP'),
  repo: text('address of the chart repository'),
  username: text('user name for the repository'),
  verify: bool('verify the package before use'),
  version: text('version constraint of the chart'),
};
