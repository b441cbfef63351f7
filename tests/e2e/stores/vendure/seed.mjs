// node seed.mjs DATABASE, in the directory of the installed packages: makes the database of a shop
// with the products that `npx @vendure/create` would give it, without their pictures.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { storeConfig, vendure } from './config.mjs';

const [database] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), 'package.json'));
const { populate } = require('@vendure/core/cli');
const assets = path.join(process.cwd(), 'node_modules/@vendure/create/assets');

// The pictures need a plug-in that the store does without: blank out their columns.
function withoutPictures(csv) {
  return csv.replace(/[\w-]+\.(jpe?g|png)(\|[\w-]+\.(jpe?g|png))*/g, '');
}

const products = `${database}.csv`;
fs.writeFileSync(products, withoutPictures(fs.readFileSync(path.join(assets, 'products.csv'), 'utf8')));
const app = await populate(
  () => vendure.bootstrap(storeConfig({ database, port: 0, synchronize: true })),
  path.join(assets, 'initial-data.json'),
  products,
);
await app.close();
fs.unlinkSync(products);
process.exit(0);
