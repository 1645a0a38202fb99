/** IP addresses in text, as Go's net package reads them. */

const IPV4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/;

export const isIpv4 = (text: string): boolean => IPV4.test(text);

/** The eight groups of an IPv6 address without a zone; undefined when `text` is none. */
function ipv6Groups(text: string): number[] | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null && !isIpv4(tail[2] as string)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = tail === null ? [] : (tail[2] as string).split('.').map(Number);
  const whole = tail === null ? text : `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const halves = whole.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = halves.flat();
  if (halves.length > 2 || !groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  if (halves.length === 1 ? groups.length !== 8 : groups.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - groups.length }, () => '0');
  return [...(halves[0] as string[]), ...zeros, ...(halves[1] ?? [])].map((group) => Number.parseInt(group, 16));
}

export const isIpv6 = (text: string): boolean => ipv6Groups(text) !== undefined;

/** Four bytes, also for an IPv4 address that is written as IPv6, or sixteen; undefined when `text` is no address. */
export function ipBytes(text: string): Uint8Array | undefined {
  if (isIpv4(text)) return Uint8Array.from(text.split('.').map(Number));
  const groups = ipv6Groups(text);
  if (groups === undefined) return undefined;
  const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? bytes.subarray(12) : bytes;
}
