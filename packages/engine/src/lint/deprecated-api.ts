/** API versions that Kubernetes has deprecated, as client-go 0.36 knows them. Helm: lint/rules/deprecations.go. */
import type { KubeVersion } from '@pack/core';
import type { Complaint } from './finding.ts';

interface Deprecation {
  /** The version, `[1, 16]`, from which on it is deprecated. */
  readonly since: readonly [major: number, minor: number];
  readonly message: string;
}

/**
 * Lines of: API version, deprecated since, unavailable since, API version to use instead, kinds. `*` stands for the
 * kind and its list, `>` for another kind in place of the same, `-` for nothing.
 */
const TABLE = `
admissionregistration.k8s.io/v1alpha1 1.35 1.38 - MutatingAdmissionPolicy* MutatingAdmissionPolicyBinding*
admissionregistration.k8s.io/v1alpha1 1.29 1.32 - ValidatingAdmissionPolicy* ValidatingAdmissionPolicyBinding*
admissionregistration.k8s.io/v1beta1 1.37 1.40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicy* MutatingAdmissionPolicyBinding*
admissionregistration.k8s.io/v1beta1 1.16 1.22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration* ValidatingWebhookConfiguration*
admissionregistration.k8s.io/v1beta1 1.31 1.34 - ValidatingAdmissionPolicy* ValidatingAdmissionPolicyBinding*
apps/v1beta1 1.8 1.16 apps/v1 ControllerRevision* Deployment* DeploymentRollback StatefulSet*
apps/v1beta1 1.8 1.16 autoscaling/v1 Scale
apps/v1beta2 1.9 1.16 apps/v1 ControllerRevision* DaemonSet* Deployment* ReplicaSet* StatefulSet*
apps/v1beta2 1.9 1.16 autoscaling/v1 Scale
authentication.k8s.io/v1alpha1 1.29 1.32 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.30 1.33 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.19 1.22 authentication.k8s.io/v1 TokenReview
authorization.k8s.io/v1beta1 1.19 1.22 authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
batch/v1beta1 1.21 1.25 batch/v1 CronJob*
certificates.k8s.io/v1alpha1 1.34 1.37 - ClusterTrustBundle*
certificates.k8s.io/v1beta1 1.19 1.22 certificates.k8s.io/v1 CertificateSigningRequest*
certificates.k8s.io/v1beta1 1.37 1.40 - ClusterTrustBundle*
certificates.k8s.io/v1beta1 1.38 1.41 - PodCertificateRequest*
coordination.k8s.io/v1alpha2 1.35 1.38 - LeaseCandidate*
coordination.k8s.io/v1beta1 1.19 1.22 coordination.k8s.io/v1 Lease*
coordination.k8s.io/v1beta1 1.36 1.39 - LeaseCandidate*
discovery.k8s.io/v1beta1 1.21 1.25 discovery.k8s.io/v1 EndpointSlice EndpointSliceList>EndpointSlice
events.k8s.io/v1beta1 1.22 1.25 - Event*
extensions/v1beta1 1.8 1.16 apps/v1 DaemonSet* Deployment* ReplicaSet*
extensions/v1beta1 1.8 1.16 - DeploymentRollback
extensions/v1beta1 1.14 1.22 networking.k8s.io/v1 Ingress*
extensions/v1beta1 1.9 1.16 networking.k8s.io/v1 NetworkPolicy*
extensions/v1beta1 1.2 1.16 - Scale
flowcontrol.apiserver.k8s.io/v1beta1 1.23 1.26 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema* PriorityLevelConfiguration*
flowcontrol.apiserver.k8s.io/v1beta2 1.26 1.29 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema* PriorityLevelConfiguration*
flowcontrol.apiserver.k8s.io/v1beta3 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 FlowSchema* PriorityLevelConfiguration*
networking.k8s.io/v1beta1 1.34 1.37 - IPAddress* ServiceCIDR*
networking.k8s.io/v1beta1 1.19 1.22 networking.k8s.io/v1 Ingress* IngressClass>IngressClassList IngressClassList
node.k8s.io/v1beta1 1.22 1.25 - RuntimeClass*
policy/v1beta1 1.22 1.25 - Eviction
policy/v1beta1 1.21 1.25 policy/v1 PodDisruptionBudget*
rbac.authorization.k8s.io/v1beta1 1.17 1.22 rbac.authorization.k8s.io/v1 ClusterRole* ClusterRoleBinding* Role* RoleBinding*
resource.k8s.io/v1alpha3 1.36 1.39 - DeviceTaintRule*
resource.k8s.io/v1alpha3 1.39 1.42 - ResourcePoolStatusRequest*
resource.k8s.io/v1beta1 1.35 1.38 - DeviceClass* ResourceClaim* ResourceClaimTemplate* ResourceSlice*
resource.k8s.io/v1beta2 1.36 1.39 - DeviceClass* ResourceClaim* ResourceClaimTemplate* ResourceSlice*
resource.k8s.io/v1beta2 1.39 1.42 - DeviceTaintRule*
scheduling.k8s.io/v1beta1 1.14 1.22 scheduling.k8s.io/v1 PriorityClass*
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1beta1 CSIStorageCapacity*
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1 VolumeAttachment*
storage.k8s.io/v1alpha1 1.32 1.35 storage.k8s.io/v1 VolumeAttributesClass*
storage.k8s.io/v1beta1 1.19 1.22 storage.k8s.io/v1 CSIDriver* StorageClass* VolumeAttachment*
storage.k8s.io/v1beta1 1.17 1.22 storage.k8s.io/v1 CSINode CSINodeList>CSINode
storage.k8s.io/v1beta1 1.24 1.27 storage.k8s.io/v1 CSIStorageCapacity*
storage.k8s.io/v1beta1 1.34 1.37 storage.k8s.io/v1 VolumeAttributesClass*
storagemigration.k8s.io/v1beta1 1.38 1.41 - StorageVersionMigration*
v1 1.19 - - ComponentStatus*
v1 1.33 - discovery.k8s.io/v1 Endpoints>EndpointSlice EndpointsList>EndpointSliceList
`;

const deprecations = new Map<string, Deprecation>();
for (const line of TABLE.trim().split('\n')) {
  const [apiVersion, since, gone, replacement, ...kinds] = line.split(' ') as [string, string, string, string];
  const [major, minor] = since.split('.').map(Number) as [number, number];
  const add = (kind: string, other: string): void => {
    const unavailable = gone === '-' ? '' : `, unavailable in v${gone}+`;
    const instead = replacement === '-' ? '' : `; use ${replacement} ${other}`;
    const message = `${apiVersion} ${kind} is deprecated in v${since}+${unavailable}${instead}`;
    deprecations.set(`${apiVersion} ${kind}`, { since: [major, minor], message });
  };
  for (const word of kinds as string[]) {
    const [kind, other] = word.replace('*', '').split('>') as [string, string?];
    add(kind, other ?? kind);
    if (word.endsWith('*')) add(`${kind}List`, `${kind}List`);
  }
}

/** What speaks against an object's API version on a cluster of that version. */
export function deprecationOf(apiVersion: string, kind: string, { major, minor }: KubeVersion): Complaint {
  const found = deprecations.get(`${apiVersion} ${kind}`);
  if (found === undefined) return undefined;
  const [x, y] = found.since;
  return Number(major) > x || (Number(major) === x && Number(minor) >= y) ? found.message : undefined;
}
