/** Hooks that would never be applied: Helm leaves out what is of an event that it does not know, and says so in no lint. */
import { type AnnotationDialect, HOOK_EVENTS, isCodedError, sortManifests } from '@pack/core';
import type { Findings } from './finding.ts';

/** The rule on what a template of the name renders to. What cannot be read is told of by others. */
export function checkHooks(name: string, text: string, dialect: AnnotationDialect, findings: Findings): void {
  const known = HOOK_EVENTS.join(', ');
  try {
    sortManifests(
      { [name]: text },
      {
        dialect,
        warn: (_, { hookTypes, name: own } = {}) =>
          findings.check(
            'ERROR',
            name,
            `hook ${own} is of an unknown event, and would never be applied: ${hookTypes} (known are ${known})`,
          ),
      },
    );
  } catch (e) {
    if (!isCodedError(e)) throw e;
  }
}
