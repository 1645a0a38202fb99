import { quoteGo } from 'go-template';

import { HELM_VERSION, type HelmVersion } from '../helm-version.ts';
import { ChartError } from './error.ts';

export interface KubeVersion {
  /** With whatever its maker added: `v1.33.4-gke.1245000`. */
  readonly version: string;
  /** The numbers alone, `v1.33.4`: what constraints are held against. */
  readonly normalized: string;
  readonly major: string;
  readonly minor: string;
}

/** What a chart may ask of the cluster it is for. */
export interface Capabilities {
  readonly kubeVersion: KubeVersion;
  readonly apiVersions: readonly string[];
  readonly helmVersion: HelmVersion;
}

const grouped = (text: string): string[] =>
  text.split(/\s+/).flatMap((entry) => {
    const [, group, versions] = /^(.*)\/\{(.*)\}$/.exec(entry) ?? [];
    return group === undefined ? [entry] : (versions as string).split(',').map((version) => `${group}/${version}`);
  });

/** The API versions that Helm 4.2.4 knows without a cluster, in its order: that of client-go 0.36. */
const API_VERSIONS = grouped(
  'v1 admissionregistration.k8s.io/{v1,v1alpha1,v1beta1} internal.apiserver.k8s.io/v1alpha1 apps/{v1,v1beta1,v1beta2} ' +
    'authentication.k8s.io/{v1,v1alpha1,v1beta1} authorization.k8s.io/{v1,v1beta1} autoscaling/{v1,v2} batch/{v1,v1beta1} ' +
    'certificates.k8s.io/{v1,v1beta1,v1alpha1} coordination.k8s.io/{v1alpha2,v1beta1,v1} discovery.k8s.io/{v1,v1beta1} ' +
    'events.k8s.io/{v1,v1beta1} extensions/v1beta1 flowcontrol.apiserver.k8s.io/{v1,v1beta1,v1beta2,v1beta3} ' +
    'networking.k8s.io/{v1,v1beta1} node.k8s.io/{v1,v1alpha1,v1beta1} policy/{v1,v1beta1} ' +
    'rbac.authorization.k8s.io/{v1,v1beta1,v1alpha1} resource.k8s.io/{v1,v1beta2,v1beta1,v1alpha3} ' +
    'scheduling.k8s.io/{v1alpha2,v1beta1,v1} storage.k8s.io/{v1beta1,v1,v1alpha1} storagemigration.k8s.io/v1beta1 ' +
    'apiextensions.k8s.io/{v1beta1,v1}',
);

/** What Helm 4.2.4 assumes without a cluster. */
export const OFFLINE_CAPABILITIES: Capabilities = {
  kubeVersion: { version: 'v1.36.0', normalized: 'v1.36.0', major: '1', minor: '36' },
  apiVersions: API_VERSIONS,
  helmVersion: HELM_VERSION,
};

export interface CapabilitiesOptions {
  /** `--kube-version` */
  kubeVersion?: string;
  /** `--api-versions`, added to those known. */
  apiVersions?: readonly string[];
}

/** The capabilities that `helm template` gives to templates. Throws KUBE_VERSION_INVALID. */
export function offlineCapabilities({ kubeVersion, apiVersions = [] }: CapabilitiesOptions = {}): Capabilities {
  return {
    ...OFFLINE_CAPABILITIES,
    ...(kubeVersion !== undefined && kubeVersion !== '' && { kubeVersion: parseKubeVersion(kubeVersion) }),
    apiVersions: [...API_VERSIONS, ...apiVersions],
  };
}

/** `--kube-version`. Throws KUBE_VERSION_INVALID. Helm: ParseKubeVersion over Kubernetes' version.ParseGeneric. */
export function parseKubeVersion(text: string): KubeVersion {
  const fail = (message: string): ChartError =>
    new ChartError('KUBE_VERSION_INVALID', `invalid kube version '${text}': ${message}`);
  const [, numbers] = /^[\t\n\f\r ]*v?([0-9]+(?:\.[0-9]+)*)[^\n]*$/.exec(text) ?? [];
  if (numbers === undefined) throw fail(`could not parse ${quoteGo(text)} as version`);
  const components = numbers.split('.');
  if (components.length < 2) throw fail(`illegal version string ${quoteGo(text)}`);
  const [major] = components as [string];
  if (major.startsWith('0') && major !== '0') {
    throw fail(`illegal zero-prefixed version component ${quoteGo(major)} in ${quoteGo(text)}`);
  }
  const parsed = components.map((component) => {
    const n = BigInt(component);
    if (n < 1n << 64n) return String(n);
    throw fail(
      `illegal non-numeric version component ${quoteGo(component)} in ${quoteGo(text)}: ` +
        `strconv.ParseUint: parsing ${quoteGo(component)}: value out of range`,
    );
  });
  return {
    version: text.startsWith('v') ? text : `v${text}`,
    normalized: `v${parsed.join('.')}`,
    major: parsed[0] as string,
    minor: parsed[1] as string,
  };
}
