export { type CodedError, isCodedError, PackError, type Position } from './error.ts';
export { Duration, formatDuration, parseDuration, roundDuration, SECOND } from './time/duration.ts';
export { parseTime } from './time/parse.ts';
export { fromNanoseconds, strictRfc3339, Time, ZERO_TIME } from './time/time.ts';
export { fixedZone, loadLocation, type Location, UTC, type Zone, type ZoneSource } from './time/zone.ts';
export { type Constraint, parseConstraint, reasonsAgainst, satisfies } from './version/constraint.ts';
export {
  compareVersions, incrementMajor, incrementMinor, incrementPatch, parseStrictVersion, parseVersion, SemVer,
} from './version/version.ts';
export { decodeJson, fromJson, fromJsonArray } from './json/decode.ts';
export { encodeJson, type EncodeJsonOptions } from './json/encode.ts';
export {
  decodeYaml, decodeYamlArray, decodeYamlMap, type DecodeYamlOptions, fromYaml, fromYamlArray,
} from './yaml/decode.ts';
export { decodeValues, mergeMaps, splitYamlDocuments } from './yaml/documents.ts';
export { TextError } from './yaml/error.ts';
export { encodeYaml, encodeYamlPretty } from './yaml/encode.ts';
export { decodeToml, type DecodeTomlOptions, fromToml } from './toml/decode.ts';
export { encodeToml } from './toml/encode.ts';
