/** Number and character literals of templates. */
import { quote, unquoteChar } from './fmt/quote.ts';
import type { NumberNode } from './node.ts';
import { fitsInt64, fitsUint64, floatToInt64, floatToUint64, parseFloat64, parseInteger } from './number.ts';

type Forms = Pick<NumberNode, 'int' | 'uint' | 'float' | 'complex'>;

/** The forms of a literal, or the message of the parse error. Go: parse/node.go newNumber. */
export function parseNumber(text: string, type: 'charConstant' | 'complex' | 'number'): Forms | string {
  if (type === 'charConstant') return parseChar(text);
  if (type === 'complex') return parseComplex(text);
  if (text.endsWith('i')) {
    const im = parseFloat64(text.slice(0, -1));
    if (im !== undefined && Number.isFinite(im)) return complexForms(0, im);
  }
  const forms: { int?: bigint; uint?: bigint; float?: number } = {};
  const integer = parseInteger(text, 0);
  if (integer !== undefined) {
    // ParseUint takes no sign, but -0 is an unsigned zero all the same.
    if (fitsUint64(integer) && (!/^[+-]/.test(text) || integer === 0n)) forms.uint = integer;
    if (fitsInt64(integer)) forms.int = integer;
  }
  if (forms.int !== undefined) forms.float = Number(forms.int);
  else if (forms.uint !== undefined) forms.float = Number(forms.uint);
  else {
    const float = parseFloat64(text);
    if (float !== undefined && Number.isFinite(float)) {
      if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`;
      forms.float = float;
      const int = floatToInt64(float);
      if (Number(int) === float) forms.int = int;
      const uint = floatToUint64(float);
      if (Number(uint) === float) forms.uint = uint;
    }
  }
  return forms.float === undefined ? `illegal number syntax: ${quote(text)}` : forms;
}

function parseChar(text: string): Forms | string {
  const char = unquoteChar(text, 1, "'");
  if (char === undefined) return 'invalid syntax';
  if (char.end !== text.length - 1) return `malformed character constant: ${text}`;
  const unit = char.text.codePointAt(0) as number;
  const point = unit >= 0xdc80 && unit <= 0xdcff ? (text[1] === '\\' ? unit - 0xdc00 : 0xfffd) : unit;
  return { int: BigInt(point), uint: BigInt(point), float: point };
}

function parseComplex(text: string): Forms | string {
  const split = /^(.*?[^eEpP+-])([+-].*)i$/.exec(text);
  const re = split === null ? undefined : parseFloat64(split[1] as string);
  const im = split === null ? undefined : parseFloat64(split[2] as string);
  if (re === undefined || im === undefined) return 'syntax error scanning complex number';
  return complexForms(re, im);
}

function complexForms(re: number, im: number): Forms {
  if (im !== 0) return { complex: { re, im } };
  const int = floatToInt64(re);
  const uint = floatToUint64(re);
  return {
    complex: { re, im },
    float: re,
    ...(Number(int) === re && { int }),
    ...(Number(uint) === re && { uint }),
  };
}

const isHexInteger = (text: string): boolean => /^0[xX]/.test(text) && !/[pP]/.test(text);

/** The value of a literal where the context gives no type; undefined when it overflows int. Go: exec.go idealConstant. */
export function idealType(n: NumberNode): 'complex' | 'float' | 'int' | 'overflow' {
  if (n.complex !== undefined) return 'complex';
  if (n.float !== undefined && !isHexInteger(n.text) && n.text[0] !== "'" && /[.eEpP]/.test(n.text)) return 'float';
  return n.int !== undefined ? 'int' : 'overflow';
}
