export {
  ensureArchive,
  MAX_CHART_SIZE,
  MAX_FILE_SIZE,
  readArchive,
  type UnpackBudget,
  unpackBudget,
  writeArchive,
} from './chart/archive.ts';
export {
  type Capabilities,
  type CapabilitiesOptions,
  type KubeVersion,
  OFFLINE_CAPABILITIES,
  offlineCapabilities,
  parseKubeVersion,
} from './chart/capabilities.ts';
export {
  type Chart,
  type ChartFile,
  type Crd,
  crdsOf,
  type Dependency,
  isLibrary,
  type Lock,
  type Maintainer,
  type Metadata,
  type PlacedChart,
  walkCharts,
} from './chart/chart.ts';
export { isCompatible, isFor, missingDependencies, processDependencies } from './chart/dependency.ts';
export { ChartError, type ChartErrorCode } from './chart/error.ts';
export { compileFilePattern, type FileMatcher } from './chart/file-match.ts';
export { compileGlob, type GlobMatcher } from './chart/glob.ts';
export { type IgnoreRules, parseIgnore } from './chart/ignore.ts';
export { helm2LockDigest, helm2LockDigestText, lockDigest, lockDigestText } from './chart/lock.ts';
export {
  type DecodeMetadataOptions,
  decodeLock,
  decodeMetadata,
  dependencyFields,
  encodeLock,
  encodeMetadata,
  METADATA,
  validateDependency,
  validateMetadata,
} from './chart/metadata.ts';
export { type PackagedChart, packageChart } from './chart/package.ts';
export { loadArchive, loadChart, type ParseChartOptions, parseChart } from './chart/parse.ts';
export { basePath, cleanPath } from './chart/path.ts';
export { validateReleaseName } from './chart/release-name.ts';
export { sha256 } from './digest.ts';
export { type CodedError, isCodedError, PackError, type Position } from './error.ts';
export { HELM_VERSION, type HelmVersion } from './helm-version.ts';
export {
  decodeJson,
  decodeJsonExact,
  decodeJsonNumbers,
  decodeJsonPrefix,
  fromJson,
  fromJsonArray,
  JsonSyntaxError,
} from './json/decode.ts';
export { type EncodeJsonOptions, encodeJson } from './json/encode.ts';
export { encodeStruct, withoutEmpty } from './json/encode-struct.ts';
export { nilMap } from './json/shape.ts';
export { decodeStruct, type Shape, type StructShape } from './json/struct.ts';
export { printJsonPath } from './jsonpath/evaluate.ts';
export { JsonPathError, parseJsonPath } from './jsonpath/parse.ts';
export { decodeHead, type ManifestHead } from './manifest/head.ts';
export {
  type AnnotationDialect,
  dialectOf,
  HOOK_EVENTS,
  type Hook,
  type HookEvent,
  isTestHook,
  sortByWeight,
} from './manifest/hook.ts';
export {
  type Manifest,
  ManifestError,
  type ManifestErrorCode,
  type SortedManifests,
  type SortManifestsOptions,
  sortManifests,
} from './manifest/manifest.ts';
export { INSTALL_ORDER, sortByKind, UNINSTALL_ORDER } from './manifest/order.ts';
export { splitManifests } from './manifest/split.ts';
export { MANIFEST, type PackManifest, parsePackManifest } from './pack/manifest.ts';
export { neededOf } from './pack/needed.ts';
export type {
  CrdPolicy,
  Pack,
  PackDependency,
  PackMetadata,
  ResolvePolicy,
} from './pack/pack.ts';
export { parsePack } from './pack/parse.ts';
export { definePlugin, type PackPlugin, type PluginJson, type PreRenderInput } from './plugin.ts';
export { Duration, formatDuration, parseDuration, roundDuration, SECOND } from './time/duration.ts';
export { parseTime } from './time/parse.ts';
export { fromNanoseconds, strictRfc3339, Time, ZERO_TIME } from './time/time.ts';
export { fixedZone, type Location, loadLocation, UTC, type Zone, type ZoneSource } from './time/zone.ts';
export { type DecodeTomlOptions, decodeToml, fromToml } from './toml/decode.ts';
export { encodeToml } from './toml/encode.ts';
export { coalesceTables, coalesceValues, mergeTables, mergeValues } from './values/coalesce.ts';
export {
  mergeValueSources,
  type ValueSources,
  ValuesError,
  type ValuesErrorCode,
  type ValuesFile,
  valueLayers,
} from './values/merge.ts';
export { defaultLayers, originsOf, pathText, type ValueLayer, type ValueOrigin } from './values/origins.ts';
export { setFiles, setJson, setLiteral, setStrings, setValues } from './values/strvals.ts';
export { copyTable, tableAt, valueAt } from './values/table.ts';
export { type Constraint, parseConstraint, reasonsAgainst, satisfies } from './version/constraint.ts';
export {
  compareVersions,
  incrementMajor,
  incrementMinor,
  incrementPatch,
  parseStrictVersion,
  parseVersion,
  SemVer,
} from './version/version.ts';
export { ignoreWarnings, type Warn } from './warn.ts';
export type { TextTree } from './yaml/construct.ts';
export {
  type DecodeYamlOptions,
  decodeYaml,
  decodeYamlArray,
  decodeYamlExact,
  decodeYamlMap,
  fromYaml,
  fromYamlArray,
} from './yaml/decode.ts';
export { decodeValues, mergeMaps, splitYamlDocuments } from './yaml/documents.ts';
export { encodeYaml, encodeYamlPretty } from './yaml/encode.ts';
export { TextError } from './yaml/error.ts';
export type { KeyTree } from './yaml/ordinary.ts';
export { decodeYamlStruct } from './yaml/struct.ts';
