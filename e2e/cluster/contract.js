// Usage: node e2e/cluster/contract.js
// A real API server holds to what packages/kube expects of a cluster, and it and a real PostgreSQL to what packages/release
// expects of a storage: the same cases as those in memory. Prints `N passed, N failed, N skipped`.
import { join } from 'node:path';
import { connect } from '@pack/kube/node';
import { clusterContract } from '@pack/kube/testing';
import { createObjectStorage } from '@pack/release';
import { openSqlStorage } from '@pack/release/node';
import { storageContract } from '@pack/release/testing';
import { startControlPlane } from '../lib/control-plane.js';
import { startPostgres } from '../lib/postgres.js';
import { suite } from '../lib/suite.js';

const { root, check, end } = suite('contract');
const plane = await startControlPlane();
const cluster = connect({ env: {}, kubeconfig: plane.kubeconfig });
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };

/** Each case in a namespace of its own. */
async function hold(title, cases, subjectOf) {
  for (const [i, { name, check: run }] of cases.entries()) {
    const namespace = `${title.toLowerCase()}-${i}`;
    await cluster.create({ ...NAMESPACE, metadata: { name: namespace } });
    const subject = await subjectOf(namespace);
    const fault = await run(subject, namespace).then(
      () => undefined,
      (e) => e,
    );
    await subject.close?.();
    check(`${title}: ${name}`, fault === undefined, fault?.stack);
  }
}

const postgres = startPostgres(join(root, 'postgres'));
try {
  await hold('cluster', clusterContract, () => ({ ...cluster, close: undefined }));
  for (const kind of ['Secret', 'ConfigMap']) {
    await hold(kind, storageContract, (namespace) =>
      createObjectStorage({ kind, cluster, namespace, now: Date.now, chunked: true }),
    );
  }
  const { connection } = postgres;
  await hold('SQL', storageContract, (namespace) => openSqlStorage({ connection, namespace, now: Date.now }));
} finally {
  postgres.stop();
  await plane.stop();
}
end();
