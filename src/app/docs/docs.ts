/** The generated part of docs/: every file is a pure function of the schemas. Another one is one more entry here. */
import { pipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { configDoc } from './config.doc.ts';
import { messagesDoc } from './messages.doc.ts';
import { metricsDoc } from './metrics.doc.ts';
import { inputSchema } from './schema-reference.ts';

interface GeneratedDoc {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly content: string;
}

export function generateDocs(): GeneratedDoc[] {
  return [
    { path: 'docs/pipeline.schema.json', content: pipelineSchema() },
    { path: 'docs/config.md', content: configDoc() },
    { path: 'docs/messages.md', content: messagesDoc() },
    { path: 'docs/metrics.md', content: metricsDoc() },
  ];
}

/** For editors. */
function pipelineSchema(): string {
  const schema = { title: 'Earshot pipeline', ...inputSchema(pipelineConfig) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
