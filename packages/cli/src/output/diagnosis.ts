/** Why objects are not ready, for people: each with its conditions, its events, and its pods' states and last words. */
import type { Condition, ContainerState, Diagnosis, ObjectEvent, PodDiagnosis } from '@pack/kube';

/** Conditions that are bad when they are true. */
const BAD = /Fail|Pressure|Stalled|Unavailable|Dangling/;

/** `text` is what has been said already. */
export const formatDiagnoses = (diagnoses: readonly Diagnosis[], text: string): string[] =>
  diagnoses.flatMap((diagnosis) => formatOne(diagnosis, text)).map(printable);

function formatOne({ ref: { kind, name }, status, conditions, events, pods }: Diagnosis, text: string): string[] {
  const { progress, message } = status;
  const own = [...formatConditions(conditions), ...formatEvents(events)];
  const ofPods = pods.flatMap((pod) => (kind === 'Pod' ? formatContainers(pod) : formatPod(pod)));
  const title = `${kind} ${name} is ${progress}${message === '' ? '' : `: ${message}`}`;
  return own.length + ofPods.length === 0 && text.includes(message) ? [] : [title, ...indented([...own, ...ofPods])];
}

const formatPod = (pod: PodDiagnosis): string[] => [
  `Pod ${pod.name} is ${pod.phase || 'Unknown'}:`,
  ...indented([...formatConditions(pod.conditions), ...formatContainers(pod), ...formatEvents(pod.events)]),
];

function formatConditions(conditions: readonly Condition[]): string[] {
  const bad = conditions.filter(({ type, status }) => (status === 'True') === BAD.test(type));
  // Some come in pairs that say the same.
  const told = bad.filter(({ reason, message }, i) =>
    bad.slice(0, i).every((other) => other.reason !== reason || other.message !== message),
  );
  return told.map(({ type, status, reason, message }) => `${type}=${status}${said(reason, message)}`);
}

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
