export {
  ADOPTED,
  type Adoption,
  type AdoptManifestsInput,
  type AdoptReleaseInput,
  adoptManifests,
  adoptRelease,
  releaseToHelm,
} from './adopt.ts';
export { capabilitiesOf } from './capabilities.ts';
export { type CrdRisk, crdRisks } from './crd-risks.ts';
export { type CrdPolicy, crdFilesOf } from './crds.ts';
export { diffObject, diffObjects, type FieldChange, type ObjectDiff } from './diff.ts';
export { ReleaseError, type ReleaseErrorCode } from './error.ts';
export { ensureNameFree, type InstallInput, install } from './install.ts';
export { historyOf, type ListInput, listNames, listReleases, type ReleaseStateName } from './list.ts';
export { applyPlan, type Plan, type PlanInput, type PlannedAction, type PlanOptions, planAction } from './plan.ts';
export { openPlan, PLAN_KEY_LENGTH, type PlanSummary, type SealedPlan, sealPlan, summaryOf } from './plan-file.ts';
export type {
  DryRun,
  LockPort,
  ReleaseEvent,
  ReleasePorts,
  ReleaseRun,
  Render,
  RenderRequest,
  RenderResult,
  WaitInput,
  WaitStrategy,
} from './ports.ts';
export { type PostRender, type PostRenderer, postRendered, withPostRenderers } from './post-render/post-render.ts';
export {
  deployedOf,
  diffReleases,
  driftOf,
  lastRevisionOf,
  type Preview,
  previewChange,
  previewCrds,
} from './preview.ts';
export {
  encodeRelease,
  type HookRun,
  isPending,
  packRecord,
  type Release,
  type ReleaseHook,
  type ReleaseState,
  type ReleaseStatus,
  type StoredChart,
  type StoredFile,
  unpackRecord,
} from './record.ts';
export { headsOf } from './records.ts';
export { type Recovered, type RecoverInput, recover } from './recover.ts';
export { type RollbackInput, rollback } from './rollback.ts';
export { inSequence, type Sequence, type SequencedDocument, sequenceOf } from './sequence.ts';
export { getRelease, objectsOf, type ReleaseObjects, type ReleaseTables, tablesOf } from './status.ts';
export { createMemoryStorage } from './storage/memory.ts';
export { createObjectStorage, type ObjectStorageOptions } from './storage/objects.ts';
export type { RecordHead, RecordQuery, ReleaseStorage } from './storage/storage.ts';
export type { ReleaseSummary } from './summary.ts';
export { type Tested, type TestInput, testRelease } from './test-release.ts';
export { type Uninstalled, type UninstallInput, uninstall } from './uninstall.ts';
export { type UpgradeInput, upgrade } from './upgrade.ts';
export { layersBefore, type ReuseValues, upgradeValues } from './upgrade-values.ts';
