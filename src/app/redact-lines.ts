/** A redactor for lines of text, by a pipeline file or by what is asked for. */
import { keyedHash } from '../adapters/crypto/keyed-hash.ts';
import type { PrivacyConfig } from '../core/privacy/redact.config.ts';
import { createRedactor, type Redaction } from '../core/privacy/redactor.ts';
import { loadPipelineFiles } from './pipelines/pipeline-files.ts';

export type RedactorRequest =
  | { readonly config: PrivacyConfig }
  | { readonly pipeline: string; readonly env?: Readonly<Record<string, string | undefined>> };

/** All texts count as one conversation. Throws when the pipeline redacts nothing, or a region is none. */
export async function redactorFor(request: RedactorRequest): Promise<(text: string) => Redaction> {
  const redactor =
    'config' in request
      ? await createRedactor(request.config, keyedHash)
      : (await loadPipelineFiles([request.pipeline], request.env))[0]?.pipeline.redactor;
  if (redactor === undefined)
    throw new Error(
      `${'pipeline' in request ? request.pipeline : 'the request'} redacts nothing; in a pipeline file write privacy.redact`,
    );
  return (text) => redactor.redact(text, CONVERSATION);
}

const CONVERSATION = '';
