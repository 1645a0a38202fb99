// Usage: node e2e/cluster/contract.js
// A real API server holds to what packages/kube expects of a cluster: the same cases as the cluster in memory. Prints
// `N passed, N failed, N skipped`.
import { connect } from '@pack/kube/node';
import { clusterContract } from '@pack/kube/testing';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { check, end } = suite('contract');
const plane = await startControlPlane();
const cluster = connect({ env: {}, kubeconfig: plane.kubeconfig });
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };

for (const [i, { name, check: run }] of clusterContract.entries()) {
  const namespace = `contract-${i}`;
  await cluster.create({ ...NAMESPACE, metadata: { name: namespace } });
  const fault = await run(cluster, namespace).then(
    () => undefined,
    (e) => e,
  );
  check(name, fault === undefined, fault?.stack);
}

await plane.stop();
end();
