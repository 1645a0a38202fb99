import { getCommand } from './get.ts';

export const command = getCommand('hooks', 'Prints the hooks of a release.', {}, ({ hooks }, _, io) => {
  io.stdout(hooks.map(({ path, manifest }) => `---\n# Source: ${path}\n${manifest}\n`).join(''));
});
