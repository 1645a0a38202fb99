/** How many columns of a terminal a text takes. Helm: mattn/go-runewidth. */

const ZERO = /^[\p{M}\p{Cf}\p{Cc}]$/u;

/** East Asian wide and fullwidth characters, and emoji that are shown in colour. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** Of one character. */
export const characterWidth = (c: string): number => (ZERO.test(c) ? 0 : WIDE.test(c) ? 2 : 1);

export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  // Colours take no room.
  for (const c of text.replaceAll(/\x1b\[\d*m/g, '')) width += characterWidth(c);
  return width;
}
