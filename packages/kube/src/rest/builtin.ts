/**
 * Kinds that every Kubernetes since 1.22 serves under these names. A stable version is never taken away and its scope
 * never changes, so that none of these needs discovery.
 */
import type { ApiResource } from '../cluster.ts';
import type { ObjectType } from '../object.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** `Kind/plural`, and `*` where objects belong to the cluster. */
const TABLE: Readonly<Record<string, string>> = {
  v1: `ConfigMap/configmaps Endpoints/endpoints Event/events LimitRange/limitranges Namespace/namespaces* Node/nodes*
    PersistentVolume/persistentvolumes* PersistentVolumeClaim/persistentvolumeclaims Pod/pods PodTemplate/podtemplates
    ReplicationController/replicationcontrollers ResourceQuota/resourcequotas Secret/secrets
    ServiceAccount/serviceaccounts Service/services`,
  'admissionregistration.k8s.io/v1': `MutatingWebhookConfiguration/mutatingwebhookconfigurations*
    ValidatingWebhookConfiguration/validatingwebhookconfigurations*`,
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition/customresourcedefinitions*',
  'apps/v1': `ControllerRevision/controllerrevisions DaemonSet/daemonsets Deployment/deployments
    ReplicaSet/replicasets StatefulSet/statefulsets`,
  'autoscaling/v1': 'HorizontalPodAutoscaler/horizontalpodautoscalers',
  'batch/v1': 'CronJob/cronjobs Job/jobs',
  'coordination.k8s.io/v1': 'Lease/leases',
  'networking.k8s.io/v1': 'IngressClass/ingressclasses* Ingress/ingresses NetworkPolicy/networkpolicies',
  'policy/v1': 'PodDisruptionBudget/poddisruptionbudgets',
  'rbac.authorization.k8s.io/v1': `ClusterRoleBinding/clusterrolebindings* ClusterRole/clusterroles*
    RoleBinding/rolebindings Role/roles`,
  'scheduling.k8s.io/v1': 'PriorityClass/priorityclasses*',
  'storage.k8s.io/v1': 'StorageClass/storageclasses*',
};

const resources: ReadonlyMap<string, ApiResource> = new Map(
  Object.entries(TABLE).flatMap(([apiVersion, kinds]) =>
    kinds.split(/\s+/).map((entry) => {
      const [, kind = '', name = '', scope] = /^(\w+)\/(\w+)(\*?)$/.exec(entry) ?? [];
      return [`${apiVersion} ${kind}`, { apiVersion, kind, name, namespaced: scope === '', verbs: VERBS }];
    }),
  ),
);

export const builtinResource = ({ apiVersion, kind }: ObjectType): ApiResource | undefined =>
  resources.get(`${apiVersion} ${kind}`);
