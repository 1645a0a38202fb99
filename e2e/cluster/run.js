// npm run cluster: a control plane of one's own until Ctrl-C.
import { startControlPlane } from '../lib/control-plane.js';

const cluster = await startControlPlane();
console.log(`export KUBECONFIG=${cluster.kubeconfig}`);
console.error('Kubernetes runs until Ctrl-C');
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await cluster.stop();
    process.exit(0);
  });
}
setInterval(() => undefined, 1 << 30);
