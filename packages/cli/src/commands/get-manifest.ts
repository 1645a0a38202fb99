import { getCommand } from './get.ts';

export const command = getCommand('manifest', 'Prints the objects of a release.', {}, ({ manifest }, _, io) => {
  io.stdout(`${manifest}\n`);
});
