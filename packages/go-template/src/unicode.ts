/** Unicode categories as Go's unicode package has them. */

const LETTER_OR_DIGIT = /[\p{L}\p{Nd}_]/u;
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

/** A letter, a decimal digit or the underscore. */
export const isLetterOrDigit = (point: number): boolean =>
  point < 0x80
    ? (point >= 97 && point <= 122) || (point >= 65 && point <= 90) || point === 95 || (point >= 48 && point <= 57)
    : !(point >= 0xd800 && point <= 0xdfff) && LETTER_OR_DIGIT.test(String.fromCodePoint(point));

/** strconv.IsPrint and unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export const isPrintable = (point: number): boolean =>
  point < 0x7f
    ? point >= 0x20
    : point > 0xa0 && !(point >= 0xd800 && point <= 0xdfff) && PRINTABLE.test(String.fromCodePoint(point));
