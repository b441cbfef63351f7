// The configuration of the store: SQLite, cookies and bearer tokens, loopback only.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
export const vendure = require('@vendure/core');

export function storeConfig({ database, port, synchronize = false }) {
  return {
    apiOptions: {
      hostname: '127.0.0.1',
      port,
      adminApiPath: 'admin-api',
      shopApiPath: 'shop-api',
      trustProxy: 'loopback',
    },
    authOptions: {
      tokenMethod: ['bearer', 'cookie'],
      cookieOptions: { secret: 'the end-to-end tests' },
      superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
    },
    dbConnectionOptions: {
      type: 'better-sqlite3',
      database,
      synchronize,
      migrations: [],
      timeout: 20000, // a locked database makes customers wait, not fail
      logging: false,
    },
    paymentOptions: { paymentMethodHandlers: [vendure.dummyPaymentHandler] },
    logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn, timestamp: true }),
    plugins: [],
  };
}
