import { isFields } from '../patch/json.ts';

/** Whether all that `part` says is said by `whole`, which may say more; lists are as long as each other. */
export function isWithin(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.length === whole.length && part.every((item, i) => isWithin(item, whole[i]));
  }
  if (!isFields(part)) return part === whole;
  return isFields(whole) && Object.entries(part).every(([name, value]) => isWithin(value, whole[name]));
}
