/** Lines of a file that may be no YAML: names of fields, and what says which object it is. */
export function withoutValues(source: string): string {
  if (!/(?:^|[\s{,])["']?kind["']?:\s*["']?Secret\b/m.test(source)) return source;
  // In JSON nothing is on lines of its own.
  const isJson = /^\s*[{[]/m.test(source);
  return source
    .split('\n')
    .map((line) => {
      if (isJson) return '(hidden)';
      if (/^\s*(?:#|---|$)/.test(line) || /^\s*(?:- )?(?:apiVersion|kind|metadata|name|namespace|type):/.test(line)) {
        return line;
      }
      const [name] = /^\s*(?:- )*[\w./-]+:(?=\s|$)/.exec(line) ?? [];
      if (name === undefined) return `${/^\s*/.exec(line)?.[0] ?? ''}(hidden)`;
      return line.trimEnd() === name ? line : `${name} (hidden)`;
    })
    .join('\n');
}
