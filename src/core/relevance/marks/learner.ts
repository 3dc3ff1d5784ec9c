/** Marks as the stream holds them, to the layers of the pipelines that have a filter. */
import type { StoredMessage } from '../../bus/bus.port.ts';
import type { CompiledPipeline } from '../../pipeline/compile.ts';
import type { TelemetryEvent } from '../../telemetry/telemetry.port.ts';
import type { RelevanceFilter } from '../filter/filter.port.ts';
import { markFeatures } from './features.ts';
import { GrowingLayer, type LayerMark, type MarkLayer } from './layer.ts';
import { parseMark } from './mark.ts';

interface Learning {
  readonly filter: RelevanceFilter;
  readonly layer: GrowingLayer;
}

export class MarkLearner {
  readonly #learning = new Map<string, Learning>();
  readonly #decoder = new TextDecoder();

  constructor(pipelines: readonly Pick<CompiledPipeline, 'config' | 'filter'>[]) {
    for (const { config, filter } of pipelines)
      if (filter !== undefined) this.#learning.set(config.name, { filter, layer: new GrowingLayer() });
  }

  /** Whether there is anything to learn for. */
  get isNeeded(): boolean {
    return this.#learning.size > 0;
  }

  layerOf(pipeline: string): MarkLayer | undefined {
    return this.#learning.get(pipeline)?.layer;
  }

  /** Learns what comes next in the stream, and forgets what stands before `firstSequence`. What is no mark, or for another
   *  pipeline, is passed over. */
  take(
    batch: readonly Pick<StoredMessage, 'subject' | 'data' | 'sequence'>[],
    firstSequence: number,
  ): TelemetryEvent[] {
    const marks = new Map<string, LayerMark[]>();
    for (const { subject, data, sequence } of batch) {
      const parsed = parseMark(this.#decoder.decode(data), subject);
      if (!parsed.ok) continue;
      const { id, message, pipeline, text, mark } = parsed.mark;
      const filter = this.#learning.get(pipeline)?.filter;
      if (filter === undefined) continue;
      const key = message === undefined ? `mark ${id}` : `message ${message}`;
      const learned = { key, sequence, keep: mark === 'keep', features: markFeatures(text) };
      const ofPipeline = marks.get(pipeline) ?? [];
      marks.set(pipeline, ofPipeline);
      ofPipeline.push({ ...learned, base: filter.read(text).probability });
    }
    return [...this.#learning].flatMap(([pipeline, { layer }]): TelemetryEvent[] => {
      const own = marks.get(pipeline) ?? [];
      const before = layer.state.marks;
      const { leftOut } = layer.add(own, firstSequence);
      if (own.length === 0 && layer.state.marks === before) return [];
      const keep = own.filter((mark) => mark.keep).length;
      const held = layer.state.marks;
      return [
        { type: 'marks_applied', pipeline, keep, drop: own.length - keep, held },
        ...(leftOut > 0
          ? [{ type: 'limit_reached', limit: 'marksMax', pipeline, count: leftOut } as const]
          : []),
      ];
    });
  }
}
