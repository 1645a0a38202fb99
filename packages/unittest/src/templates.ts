/** Names of templates in suites: `deployment.yaml` is `templates/deployment.yaml`, `*` and `**` stand for many. */
import { cleanPath } from '@pack/core';

/** The path of a template below the chart at `route`. */
export const templatePath = (route: string, name: string): string =>
  cleanPath(`${route}/${/^(?:templates|charts|crds|\*\*)/.test(name) ? name : `templates/${name}`}`);

/** Whether a path is one of those named; a name is found anywhere in it, as in helm-unittest. */
export function namesPath(route: string, names: readonly string[]): (path: string) => boolean {
  const patterns = names.map((name) => new RegExp(patternOf(templatePath(route, name))));
  return (path) => patterns.some((pattern) => pattern.test(path));
}

const patternOf = (name: string): string =>
  name
    .replace(/[\\.+[\]?(){}|^$]/g, '\\$&')
    .replaceAll('**', '\0')
    .replaceAll('*', '[\\w\\-/.]*')
    .replaceAll('\0', '[\\w\\-/.]+');
