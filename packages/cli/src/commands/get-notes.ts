import { getCommand } from './get.ts';

export const command = getCommand('notes', 'Prints the notes of a release.', {}, ({ info }, _, io) => {
  if (info.notes) io.stdout(`NOTES:\n${info.notes}\n`);
});
