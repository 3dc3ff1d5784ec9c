/** For a bus where publishing several costs no less than publishing one by one. */
import { BusError, type Bus, type OnSettled, type OutboundMessage } from './bus.port.ts';

/** Rejects only with what is no `BusError`. */
export async function publishEach(
  bus: Pick<Bus, 'publish'>,
  messages: readonly OutboundMessage[],
  onSettled: OnSettled,
): Promise<void> {
  const publish = async (message: OutboundMessage, at: number): Promise<void> => {
    const outcome = await bus.publish(message).catch((error: unknown) => {
      if (error instanceof BusError) return error;
      throw error;
    });
    onSettled(at, outcome);
  };
  await Promise.all(messages.map(publish));
}
