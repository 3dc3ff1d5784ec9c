/** What comes of one delivery, while it is planned. */
import type { OutboundMessage } from '../bus/bus.port.ts';
import type { Mark } from './marks.ts';

export interface MutableDelivery {
  outputs: OutboundMessage[];
  marks: Mark[];
}
