/** Fails a suite that leaves a server, a connection or a temporary folder behind. Call once at the top of a test file. */
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { serversRunning } from './nats-server.ts';
import { processesRunning } from './process.ts';
import { foldersLeft } from './temp-folder.ts';

const SOCKETS = ['TCPSocketWrap', 'TCPServerWrap'];

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => SOCKETS.includes(name)).length;
}

export function guardAgainstLeaks(): void {
  let socketsBefore = 0;
  beforeAll(() => {
    socketsBefore = openSockets();
  });
  afterAll(async () => {
    const left = { servers: serversRunning(), processes: processesRunning() };
    // A test that failed half-way stops nothing: what it started ends with its suite, by its own pid, and is still told.
    for (const pid of [...left.servers, ...left.processes]) process.kill(pid, 'SIGKILL');
    expect(left.servers, 'nats-server processes left running').toEqual([]);
    expect(left.processes, 'processes left running').toEqual([]);
    // A destroyed socket is released in the event loop's closing phase.
    await vi.waitFor(() => expect(openSockets(), 'sockets left open').toBeLessThanOrEqual(socketsBefore), {
      timeout: 20_000,
      interval: 10,
    });
    expect(foldersLeft(), 'temporary folders left behind').toEqual([]);
  });
}
