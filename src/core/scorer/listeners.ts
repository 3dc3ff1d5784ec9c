/** Which pipelines listen to which subject. */
import { subjectMatches } from '../bus/subjects.ts';
import type { PipelineConfig } from '../pipeline/pipeline.config.ts';

const SUBJECTS_REMEMBERED_MAX = 10_000;

/** Names of pipelines, or all of them: then nobody needs to ask one by one. */
export type Listeners = 'all' | ReadonlySet<string>;

/** Remembered by subject, since a stream has few. */
export function listenersBySubject(
  pipelines: readonly Pick<PipelineConfig, 'name' | 'source'>[],
): (subject: string) => Listeners {
  const remembered = new Map<string, Listeners>();
  return (subject) => {
    let listeners = remembered.get(subject);
    if (listeners !== undefined) return listeners;
    const names = pipelines
      .filter(({ source }) => source.subjects.some((pattern) => subjectMatches(pattern, subject)))
      .map(({ name }) => name);
    listeners = names.length === pipelines.length ? 'all' : new Set(names);
    if (remembered.size >= SUBJECTS_REMEMBERED_MAX) remembered.clear();
    remembered.set(subject, listeners);
    return listeners;
  };
}
