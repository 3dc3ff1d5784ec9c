/** The scorer in use, and its replacement while pipelines are read again. */
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { OpenScorer } from './open-scorer.ts';

export interface ReplaceableScorer {
  readonly current: OpenScorer;
  /** Another takes its place once it is ready, which is when this resolves; the one before is closed when what it planned is
   *  finished. Rejects when the other cannot be opened: the one before goes on. One at a time. */
  replace(pipelines: readonly CompiledPipeline[]): Promise<void>;
  close(): Promise<void>;
}

export interface ReplaceableOptions {
  readonly pipelines: readonly CompiledPipeline[];
  readonly open: (pipelines: readonly CompiledPipeline[]) => OpenScorer;
  /** Resolves when all that is planned by now is done with. */
  readonly finishInHand: () => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
}

export function replaceableScorer(options: ReplaceableOptions): ReplaceableScorer {
  const { finishInHand, onFailure } = options;
  const open = (pipelines: readonly CompiledPipeline[]): OpenScorer => {
    const opened = options.open(pipelines);
    // One that is not ready yet says so by `ready`.
    opened.ready.then(
      () => void opened.lost.then(onFailure),
      () => undefined,
    );
    return opened;
  };
  let current = open(options.pipelines);
  let replacing = Promise.resolve();
  let closing = Promise.resolve();
  const retire = async (before: OpenScorer): Promise<void> => {
    await finishInHand();
    await before.close();
  };
  const replace = async (pipelines: readonly CompiledPipeline[]): Promise<void> => {
    const next = open(pipelines);
    try {
      await next.ready;
    } catch (error) {
      await next.close();
      throw error;
    }
    const before = current;
    current = next;
    closing = Promise.all([closing, retire(before)]).then(() => undefined);
    closing.catch(onFailure);
  };
  return {
    get current() {
      return current;
    },
    replace: (pipelines) => {
      const replaced = replacing.then(() => replace(pipelines));
      replacing = replaced.catch(() => undefined);
      return replaced;
    },
    async close() {
      await replacing;
      await Promise.all([closing, current.close()]);
    },
  };
}
