/** XML that programs read: elements with attributes, in lines. */

export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly children?: readonly Element[];
  readonly text?: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

// XML 1.0 has no place for other control characters, not even by number.
const FORBIDDEN =
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const escaped = (text: string): string =>
  text
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, (c) => ENTITIES[c] as string)
    .replace(/[\t\n\r]/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`);

export function printXml({ name, attributes = {}, children = [], text = '' }: Element, depth = 0): string {
  const indent = '\t'.repeat(depth);
  const open = `${indent}<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')}>`;
  if (children.length === 0) return `${open}${escaped(text)}</${name}>\n`;
  return `${open}${escaped(text)}\n${children.map((child) => printXml(child, depth + 1)).join('')}${indent}</${name}>\n`;
}
