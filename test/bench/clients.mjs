// So many clients of a WebSocket feed, which read what comes and nothing else: port and number as arguments. Says when all
// are connected, ends when its parent lets go.
import { once } from 'node:events';
import { WebSocket } from 'ws';

const [port, wanted] = process.argv.slice(2);
const sockets = Array.from({ length: Number(wanted) }, () => new WebSocket(`ws://127.0.0.1:${port}/`));
await Promise.all(sockets.map((socket) => once(socket, 'open')));
process.send({ connected: sockets.length });
await once(process, 'disconnect');
for (const socket of sockets) socket.terminate();
