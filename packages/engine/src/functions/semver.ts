/** Sprig's functions on versions. */
import { parseConstraint, parseVersion, satisfies } from '@pack/core';
import { type FuncMap, func } from 'go-template';

function semverCompare(constraint: string, version: string): boolean {
  // A bad constraint is reported before a bad version.
  const parsed = parseConstraint(constraint);
  return satisfies(parseVersion(version), parsed);
}

export const semverFunctions: FuncMap = {
  semver: func('func(string) (*semver.Version, error)', parseVersion),
  semverCompare: func('func(string, string) (bool, error)', semverCompare),
};
