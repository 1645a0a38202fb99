/** The texts of a `Warning` header. RFC 7234 §5.5, of which Kubernetes uses code 299: `299 - "text"`, with commas. */
export function parseWarnings(header: string | null): string[] {
  if (header === null || header.length > 64 * 1024) return [];
  return [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
    quoted.replace(/\\(.)/g, '$1'),
  );
}
