// Decodes vector tiles with @mapbox/vector-tile and pbf, the decoder inside map libraries, and says what it found:
//   node tests/web/decode.mjs [--print] < FRAMES
// FRAMES are tiles one after the other, each behind its length (32 bits, big-endian). One line a tile: the SHA-256 of its
// canonical text, or with --print the text itself; "FAULT …" where the decoder refuses it.
//
// Canonical text: JSON of [[layer, version, extent, [[id, type, {key: value} as sorted pairs, geometry], …]], …], layers
// by name, features in order. A number is "n" and the 16 hex digits of its double, text is "t…", a truth value "b1"/"b0";
// points are [x,y], lines lists of them, polygons lists of closed rings, outer ring first. No id is id 0.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const web = createRequire(join(import.meta.dirname, '../../web/package.json'));
const load = async (name) => import(pathToFileURL(web.resolve(name)).href);
const { VectorTile, classifyRings } = await load('@mapbox/vector-tile');
const { PbfReader } = await load('pbf');

const double = Buffer.alloc(8);
function valueText(value) {
  if (typeof value === 'string') return `t${value}`;
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  double.writeDoubleBE(value);
  return `n${double.toString('hex')}`;
}

const bytewise = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function geometryOf(feature) {
  const paths = feature.loadGeometry();
  const plain = (path) => path.map(({ x, y }) => [x, y]);
  if (feature.type === 1) return paths.flatMap(plain);
  if (feature.type === 2) return paths.map(plain);
  return classifyRings(paths).map((polygon) => polygon.map(plain));
}

function canonical(bytes) {
  const { layers } = new VectorTile(new PbfReader(bytes));
  return JSON.stringify(
    Object.values(layers)
      .toSorted((a, b) => bytewise(a.name, b.name))
      .map((layer) => [
        layer.name,
        layer.version,
        layer.extent,
        Array.from({ length: layer.length }, (_, index) => {
          const feature = layer.feature(index);
          const pairs = Object.entries(feature.properties)
            .toSorted(([a], [b]) => bytewise(a, b))
            .map(([key, value]) => [key, valueText(value)]);
          return [feature.id ?? 0, feature.type, pairs, geometryOf(feature)];
        }),
      ]),
  );
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = Buffer.concat(chunks);
const print = process.argv.includes('--print');
const lines = [];
for (let at = 0; at < input.length; ) {
  const length = input.readUInt32BE(at);
  const tile = input.subarray(at + 4, at + 4 + length);
  at += 4 + length;
  try {
    const text = canonical(tile);
    lines.push(print ? text : createHash('sha256').update(text).digest('hex'));
  } catch (error) {
    lines.push(`FAULT ${error.message}`);
  }
}
process.stdout.write(lines.map((line) => `${line}\n`).join(''));
