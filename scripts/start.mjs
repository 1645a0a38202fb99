// npm start: installs, builds and shows pack's main job, a chart with its subcharts rendered, on examples/.
import { install, run } from './lib/workspace.mjs';

install();
run('npm', ['run', '--silent', 'build']);
console.log('\n$ pack template my-shop examples/shop --include-crds\n');
run('node', ['packages/cli/bin/pack.js', 'template', 'my-shop', 'examples/shop', '--include-crds']);
