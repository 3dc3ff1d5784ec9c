import type { Message } from '../../../src/core/message/message.ts';
import { compileQueries } from '../../../src/core/relevance/query.index.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';

export function message(text: string, rest: Partial<Message> = {}): Message {
  return { id: '1', version: '1', kind: 'create', time: 0, channel: 'x', source: 'test', text, ...rest };
}

/** The terms of one query that were found in a message; undefined when the query does not hold. */
export function matchedIn(source: string, subject: Message): readonly string[] | undefined {
  return compileQueries([{ key: 'q', query: parseQuery(source) }]).match(subject)[0]?.matched;
}
