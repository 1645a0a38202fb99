import { createHash } from 'node:crypto';
import { decodeLock, decodeMetadata, helm2LockDigestText, lockDigestText } from '@pack/core';
import { GoError } from 'go-template';

import type { Answer, Question } from '../vectors.ts';

const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

export function answer({ chart, lock }: Question): Answer {
  try {
    const { dependencies } = decodeMetadata(String(chart ?? ''));
    const locked = decodeLock(String(lock ?? ''));
    return {
      output: digest(lockDigestText(dependencies, locked?.dependencies)),
      v2: digest(helm2LockDigestText(dependencies)),
    };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
