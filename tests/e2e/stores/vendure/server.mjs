// node server.mjs DATABASE PORT, in the directory of the installed packages. Prints "ready".
import { storeConfig, vendure } from './config.mjs';

const [database, port] = process.argv.slice(2);
await vendure.bootstrap(storeConfig({ database, port: Number(port) }));
console.log('ready');
