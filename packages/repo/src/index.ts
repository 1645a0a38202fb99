export { isSameOrigin, isSameUrl, resolveReferenceUrl } from './address.ts';
export {
  type ChartIndex,
  findVersion,
  type ParseIndexOptions,
  parseIndex,
  sortVersions,
} from './chart-index.ts';
export {
  type ChartOci,
  type ChartOciOptions,
  chartOci,
  chartTag,
  chartVersionOfTag,
  formatOciReference,
  OCI_MEDIA_TYPES,
  type OciBlob,
  versionsOfTags,
} from './chart-oci.ts';
export { type ChartSource, type ChartSourceInput, createChartSource, repositoriesOf } from './chart-source.ts';
export type { ChartVersion } from './chart-version.ts';
export { Content, type ContentCache, type ContentKind, digestHex, readContent, sha256 } from './content.ts';
export { RepoError, type RepoErrorCode } from './error.ts';
export {
  type FetchedIndex,
  type FetchIndexOptions,
  fetchIndex,
  type IndexValidators,
} from './fetch-index.ts';
export { type FuzzyHit, searchFuzzy } from './fuzzy.ts';
export {
  formatIndex,
  type GenerateIndexOptions,
  generateIndex,
  type IndexedArchive,
  mergeIndexes,
} from './generate.ts';
export { type GitReference, gitChart, isGitReference, parseGitReference } from './git-reference.ts';
export { type Access, type FetchFor, type HttpFetch, type HttpResponse, redactUrl } from './http.ts';
export { type HubOptions, type HubResult, searchHub } from './hub.ts';
export { isOciReference, type OciReference, parseOciReference } from './oci-reference.ts';
export { chartsFileName, type HelmPaths, helmPaths, indexFileName, type PathOptions } from './paths.ts';
export {
  type DrainedChart,
  type FoundChart,
  fetchChart,
  findChart,
  type GitChart,
  type GitSource,
  type KeptChart,
  keepChart,
  type OciChart,
  type OciDrainOptions,
  type OciPullOptions,
  type OciSource,
  type PulledChart,
  type PullOptions,
  type PullPorts,
  pullChart,
} from './pull.ts';
export {
  addRepository,
  createRepository,
  findRepository,
  formatRepositories,
  hasIndex,
  isHelmRepository,
  NO_REPOSITORIES,
  parseRepositories,
  type RepositoriesFile,
  type Repository,
  removeRepository,
} from './repositories.ts';
export {
  compilePattern,
  type Pattern,
  type SearchHit,
  type SearchOptions,
  type SearchSource,
  searchCharts,
  type VersionOptions,
} from './search.ts';
export {
  type ChartSummary,
  createIndexReader,
  type EntryText,
  formatSummary,
  type IndexReader,
  type IndexSummary,
  indexReader,
  parseSummary,
  type SummarySource,
  summarize,
} from './summary.ts';
export { type UploadOptions, uploadChart } from './upload.ts';
