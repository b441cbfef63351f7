// EverShop listens on every interface; preloaded, this keeps it and its children on loopback.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port !== 'number') return listen.call(this, port, ...rest);
  return listen.call(this, { port, host: '127.0.0.1' }, ...rest);
};
