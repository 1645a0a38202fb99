export { type ClusterConnection, type ConnectOptions, connect } from './connect.ts';
export { currentNamespace, type KubeconfigOptions } from './kubeconfig.ts';
