import { byteLength } from 'go-template';

import { isBlank, isBlankOrEnd, isBreak, SPACE, TAB } from './character.ts';
import { isTimestamp, resolvePlain } from './resolve.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** Which of go-yaml's emitters: 2 behind toYaml, 3 behind toYamlPretty. */
export type EmitterVersion = 2 | 3;

/** What of a text decides how it may be written. */
interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly literal: boolean;
  readonly multiline: boolean;
}

/** Text of which every character and every neighbour is harmless: most of it. */
const HARMLESS =
  /^[A-Za-z0-9_./(+$=~;<\\^][A-Za-z0-9_./()+$=~;<>@&*!|%\\^'"`-]*(?: [A-Za-z0-9_./()+$=~;<>@&*!|%\\^'"`-]+)*$/;
const HARMLESS_ANALYSIS: Analysis = { plain: true, single: true, literal: true, multiline: false };
const EMPTY_ANALYSIS: Analysis = { plain: true, single: true, literal: false, multiline: false };

/** What ends up plain only if nothing else is meant by it. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const OCTAL = /^-?0o[-+]?[0-7_]+$/;

/** Whether a plain text would be read as anything but itself. */
function isAmbiguous(text: string, version: EmitterVersion): boolean {
  switch (text.charCodeAt(0)) {
    case 0x2b:
    case 0x2d:
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x37:
    case 0x38:
    case 0x39:
      if (BASE_60.test(text) || isTimestamp(text) || (version === 3 && OCTAL.test(text))) return true;
  }
  return typeof resolvePlain(text) !== 'string';
}

/** Printable as libyaml sees it: not tab, not a byte order mark, nothing beyond the Basic Multilingual Plane. */
export const isPrintable = (c: number): boolean =>
  (c >= 0x20 && c <= 0x7e) || c === 0x0a || (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd && c !== 0xfeff);

/** libyaml: yaml_emitter_analyze_scalar, for block context. */
function analyze(s: string, version: EmitterVersion): Analysis {
  if (HARMLESS.test(s) && !s.startsWith('...')) return HARMLESS_ANALYSIS;
  if (s === '') return EMPTY_ANALYSIS;
  let indicators = s.startsWith('---') || s.startsWith('...');
  let breaks = false;
  let special = false;
  let tabs = false;
  let breakSpace = false;
  let spaceBreak = false;
  let afterWhite = true;
  let afterSpace = false;
  let afterBreak = false;
  const last = s.length - 1;
  for (let i = 0; i <= last; i++) {
    const c = s.charCodeAt(i);
    const beforeWhite = i === last || isBlank(s.charCodeAt(i + 1));
    if (i === 0) {
      if (INDICATORS.includes(s[0] as string) || ((c === 0x3f || c === 0x3a || c === 0x2d) && beforeWhite))
        indicators = true;
    } else if ((c === 0x3a && beforeWhite) || (c === 0x23 && afterWhite)) {
      indicators = true;
    }
    if (c === TAB && version === 3) tabs = true;
    else if (!isPrintable(c)) special = true;
    if (c === SPACE) {
      if (afterBreak) breakSpace = true;
      afterSpace = true;
      afterBreak = false;
    } else if (isBreak(c) || c === 0x0d || c === 0x85) {
      breaks = true;
      if (afterSpace) spaceBreak = true;
      afterSpace = false;
      afterBreak = true;
    } else {
      afterSpace = afterBreak = false;
    }
    afterWhite = isBlankOrEnd(c) || c === 0x0d || c === 0x85;
  }
  const first = s.charCodeAt(0);
  const edges = first === SPACE || isBreak(first) || s.charCodeAt(last) === SPACE || isBreak(s.charCodeAt(last));
  const single = !breakSpace && !spaceBreak && !special && !tabs;
  return {
    plain: single && !edges && !breaks && !indicators,
    single,
    literal: s.charCodeAt(last) !== SPACE && !spaceBreak && !special,
    multiline: breaks,
  };
}

const INDICATORS = '#,[]{}&*!|>\'"%@`';

/** How a value is written. */
export function styleOf(s: string, version: EmitterVersion): ScalarStyle {
  const a = analyze(s, version);
  if (s.includes('\n')) return a.literal ? 'literal' : 'double';
  if (isAmbiguous(s, version)) return 'double';
  return a.plain ? 'plain' : a.single ? 'single' : 'double';
}

/** How a key is written; undefined where it needs `? ` before it. */
export function keyStyleOf(s: string, version: EmitterVersion): ScalarStyle | undefined {
  const a = analyze(s, version);
  if (a.multiline || (s.length > 42 && byteLength(s) > 128)) return undefined;
  if (isAmbiguous(s, version)) return 'double';
  return a.plain ? 'plain' : a.single ? 'single' : 'double';
}
