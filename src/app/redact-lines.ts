/** A redactor for lines of text, by a pipeline file or by what is asked for. */
import { keyedHash } from '../adapters/crypto/keyed-hash.ts';
import type { PiiKind } from '../core/privacy/kinds.ts';
import { privacyConfig } from '../core/privacy/redact.config.ts';
import { createRedactor, type Redaction } from '../core/privacy/redactor.ts';
import { loadPipelineFiles } from './pipelines/pipeline-files.ts';

export interface RedactorRequest {
  /** A pipeline file; it goes before the rest. */
  readonly pipeline?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly redact: readonly PiiKind[];
  readonly region?: readonly string[];
}

/** All texts count as one conversation. Throws when the pipeline redacts nothing, or a region is none. */
export async function redactorFor(request: RedactorRequest): Promise<(text: string) => Redaction> {
  const { pipeline, env, redact, region } = request;
  const redactor =
    pipeline === undefined
      ? await createRedactor(privacyConfig.parse({ redact, region }), keyedHash)
      : (await loadPipelineFiles([pipeline], env))[0]?.pipeline.redactor;
  if (redactor === undefined)
    throw new Error(`${pipeline ?? 'the request'} redacts nothing; in a pipeline file write privacy.redact`);
  return (text) => redactor.redact(text, CONVERSATION);
}

const CONVERSATION = '';
