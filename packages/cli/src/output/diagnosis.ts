/** Why objects are not ready, for people: each with its conditions, its events, and its pods' states and last words. */
import type { Condition, ContainerState, Diagnosis, ObjectEvent, PodDiagnosis } from '@pack/kube';

/** Conditions that are bad when they are true. */
const BAD = /Fail|Pressure|Stalled|Unavailable|Dangling/;

export const formatDiagnoses = (diagnoses: readonly Diagnosis[]): string[] =>
  diagnoses.flatMap(formatOne).map(printable);

function formatOne({ ref: { kind, name }, status, conditions, events, pods }: Diagnosis): string[] {
  const own = [...formatConditions(conditions), ...formatEvents(events)];
  const lines = pods.flatMap((pod) => (kind === 'Pod' ? formatContainers(pod) : indented(formatPod(pod))));
  if (own.length + lines.length === 0) return [];
  return [`${kind} ${name} is ${status.progress}:`, ...indented(own), ...(kind === 'Pod' ? indented(lines) : lines)];
}

const formatPod = (pod: PodDiagnosis): string[] => [
  `Pod ${pod.name} is ${pod.phase || 'Unknown'}:`,
  ...indented([...formatConditions(pod.conditions), ...formatContainers(pod), ...formatEvents(pod.events)]),
];

const formatConditions = (conditions: readonly Condition[]): string[] =>
  conditions
    .filter(({ type, status }) => (status === 'True') === BAD.test(type))
    .map(({ type, status, reason, message }) => `${type}=${status}${said(reason, message)}`);

const formatContainers = ({ containers }: PodDiagnosis): string[] =>
  containers.flatMap(({ name, log = '', ...container }) => [
    `container ${name} is ${stateOf(container)}`,
    ...log
      .replace(/\n$/, '')
      .split('\n')
      .flatMap((line) => (log === '' ? [] : [`  | ${line}`])),
  ]);

function stateOf({ state, reason, message, restarts, exitCode }: Omit<ContainerState, 'name' | 'log'>): string {
  const facts = [
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(restarts === 0 ? [] : [`${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`]),
  ];
  return `${state}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}${said(reason, message)}`;
}

const formatEvents = (events: readonly ObjectEvent[]): string[] =>
  events.map(({ type, reason, message }) => `${type} event${said(reason, message)}`);

function said(reason: string, message: string): string {
  const texts = [reason, message.trim()].filter((text) => text !== '');
  return texts.length === 0 ? '' : `: ${texts.join(': ')}`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Logs are somebody else's: nothing of them moves the cursor or paints. */
const printable = (line: string): string =>
  line.replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, '').replaceAll(/[^\P{Cc}\t]/gu, '');
