/** A firing alert, for tests that need one; what matters to a test it overrides. */
import type { Alert } from '../../src/core/alert/alert.ts';

export function anAlert(overrides: Partial<Alert>): Alert {
  return {
    id: 'skyline/negative-surge/channel=chat/2026-03-01T10:00:00.000Z',
    pipeline: 'skyline',
    rule: 'negative-surge',
    severity: 'page',
    state: 'firing',
    reason: 'held_for',
    group: { channel: 'chat' },
    summary: '60% of 80 posts are negative',
    when: 'volume >= 50 && negativeShare > 0.4',
    observed: {
      ...{ volume: 80, negative: 48, neutral: 12, positive: 16, uncertain: 4, netSentiment: -0.4 },
      ...{ negativeShare: 0.6, positiveShare: 0.2, meanScore: -0.3, authors: 71 },
    },
    startsAt: '2026-03-01T10:00:00.000Z',
    firedAt: '2026-03-01T10:01:00.000Z',
    at: '2026-03-01T10:01:00.000Z',
    evidence: { over: '5m', posts: [], sequences: [1, 80] },
    ...overrides,
  };
}
