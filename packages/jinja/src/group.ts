/** What `groupby` gives for each group: a pair whose members have names too. */
export class Group extends Array<unknown> {
  named(name: string): unknown {
    if (name === 'grouper') return this[0];
    return name === 'list' ? this[1] : undefined;
  }
}
