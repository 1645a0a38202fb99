/** What a memory cluster serves: the kinds of a new Kubernetes and those of its CustomResourceDefinitions. */
import type { ApiResource } from '../cluster.ts';
import type { KubeObject, ObjectType } from '../object.ts';
import { isFields } from '../patch/json.ts';

export interface Kind extends ApiResource {
  /** Its status is written by itself, as a subresource. */
  readonly hasStatus: boolean;
  /** Its `metadata.generation` counts changes of what is wanted. */
  readonly hasGeneration: boolean;
  /** Go has a struct of it: it has defaults, and rules by which lists are merged. */
  readonly isBuiltin: boolean;
  /** What the server says to whoever uses it. */
  readonly warning?: string;
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** `Kind/plural`; `*` where objects belong to the cluster, `+` where they have a status, `#` where they have a generation. */
const TABLE: Readonly<Record<string, string>> = {
  v1: `ConfigMap/configmaps Endpoints/endpoints Event/events LimitRange/limitranges Namespace/namespaces*+ Node/nodes*+
    PersistentVolume/persistentvolumes*+ PersistentVolumeClaim/persistentvolumeclaims+ Pod/pods+#
    PodTemplate/podtemplates ReplicationController/replicationcontrollers+# ResourceQuota/resourcequotas+
    Secret/secrets Service/services+ ServiceAccount/serviceaccounts`,
  'admissionregistration.k8s.io/v1': `MutatingWebhookConfiguration/mutatingwebhookconfigurations*#
    ValidatingAdmissionPolicy/validatingadmissionpolicies*+#
    ValidatingAdmissionPolicyBinding/validatingadmissionpolicybindings*#
    ValidatingWebhookConfiguration/validatingwebhookconfigurations*#`,
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition/customresourcedefinitions*+#',
  'apiregistration.k8s.io/v1': 'APIService/apiservices*+',
  'apps/v1': `ControllerRevision/controllerrevisions DaemonSet/daemonsets+# Deployment/deployments+#
    ReplicaSet/replicasets+# StatefulSet/statefulsets+#`,
  'autoscaling/v1': 'HorizontalPodAutoscaler/horizontalpodautoscalers+',
  'autoscaling/v2': 'HorizontalPodAutoscaler/horizontalpodautoscalers+',
  'batch/v1': 'CronJob/cronjobs+# Job/jobs+#',
  'certificates.k8s.io/v1': 'CertificateSigningRequest/certificatesigningrequests*+',
  'coordination.k8s.io/v1': 'Lease/leases',
  'discovery.k8s.io/v1': 'EndpointSlice/endpointslices',
  'networking.k8s.io/v1': 'Ingress/ingresses+# IngressClass/ingressclasses*# NetworkPolicy/networkpolicies#',
  'node.k8s.io/v1': 'RuntimeClass/runtimeclasses*',
  'policy/v1': 'PodDisruptionBudget/poddisruptionbudgets+#',
  'rbac.authorization.k8s.io/v1': `ClusterRole/clusterroles* ClusterRoleBinding/clusterrolebindings* Role/roles
    RoleBinding/rolebindings`,
  'scheduling.k8s.io/v1': 'PriorityClass/priorityclasses*#',
  'storage.k8s.io/v1': 'CSIDriver/csidrivers* StorageClass/storageclasses* VolumeAttachment/volumeattachments*+',
};

export const CRD: ObjectType = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

export const BUILTIN_KINDS: readonly Kind[] = Object.entries(TABLE).flatMap(([apiVersion, kinds]) =>
  kinds.split(/\s+/).map((entry): Kind => {
    const [, kind = '', name = '', flags = ''] = /^(\w+)\/(\w+)([*+#]*)$/.exec(entry) ?? [];
    return {
      apiVersion,
      kind,
      name,
      namespaced: !flags.includes('*'),
      verbs: VERBS,
      hasStatus: flags.includes('+'),
      hasGeneration: flags.includes('#'),
      isBuiltin: true,
    };
  }),
);

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

/** `configmaps`, `deployments.apps`: as the server names a collection. */
export function qualifiedName({ name, apiVersion }: ApiResource): string {
  const group = groupOf(apiVersion);
  return group === '' ? name : `${name}.${group}`;
}

/** The kinds of a definition, one for each version that is served. */
export function kindsOfDefinition(definition: KubeObject): Kind[] {
  const spec = isFields(definition.spec) ? definition.spec : {};
  const names = isFields(spec.names) ? spec.names : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isFields) : [];
  return versions
    .filter(({ served }) => served === true)
    .map(({ name, subresources, deprecated, deprecationWarning }): Kind => {
      const apiVersion = `${String(spec.group)}/${String(name)}`;
      const kind = String(names.kind);
      return {
        apiVersion,
        kind,
        name: String(names.plural),
        namespaced: spec.scope !== 'Cluster',
        verbs: VERBS,
        hasStatus: isFields(subresources) && 'status' in subresources,
        hasGeneration: true,
        isBuiltin: false,
        ...(deprecated === true && { warning: String(deprecationWarning ?? `${apiVersion} ${kind} is deprecated`) }),
      };
    });
}
