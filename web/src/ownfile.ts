// A visitor's own file as GeoJSON, read on this device alone. Files come from anywhere: sizes, counts and depths are
// bounded, texts stay texts, and what cannot be read is refused as a whole.

/** Longest file, bytes. */
export const BYTES_LIMIT = 5_000_000;
/** Most features. */
export const FEATURES_LIMIT = 10_000;
/** Most positions of all features together: more make the map stand still. */
const POSITIONS_LIMIT = 300_000;

export interface OwnFeature {
  type: 'Feature';
  geometry: { type: string; coordinates: unknown };
  properties: { name: string };
}

export interface OwnFile {
  type: 'FeatureCollection';
  features: OwnFeature[];
}

/** Why a file is not shown: the name of a wording. */
export class Refused extends Error {
  constructor(readonly wording: 'fileTooLarge' | 'fileUnreadable' | 'fileEmpty') {
    super(wording);
  }
}

/** Reads a file by the ending of its name. */
export function read(name: string, text: string): OwnFile {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const plain = text.replace(/^\ufeff/, '');
  const features = ending === 'csv' ? ofCsv(plain) : ending === 'gpx' ? ofGpx(plain) : ofGeoJson(plain);
  if (features.length === 0) throw new Refused('fileEmpty');
  if (features.length > FEATURES_LIMIT) throw new Refused('fileTooLarge');
  return { type: 'FeatureCollection', features };
}

const DEPTHS: Record<string, number> = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };

function feature(type: string, coordinates: unknown, name: string): OwnFeature {
  return { type: 'Feature', geometry: { type, coordinates }, properties: { name: name.slice(0, 100) } };
}

/** Coordinates of this depth with every number a position on the earth; counts positions. */
function checked(value: unknown, depth: number, count: { left: number }): unknown {
  if (!Array.isArray(value)) throw new Refused('fileUnreadable');
  if (depth > 0) return value.map((part) => checked(part, depth - 1, count));
  const [lon, lat] = value as unknown[];
  if (typeof lon !== 'number' || typeof lat !== 'number' || !(Math.abs(lon) <= 180) || !(Math.abs(lat) <= 90)) {
    throw new Refused('fileUnreadable');
  }
  count.left -= 1;
  if (count.left < 0) throw new Refused('fileTooLarge');
  return [lon, lat];
}

function ofGeoJson(text: string): OwnFeature[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    throw new Refused('fileUnreadable');
  }
  const found: OwnFeature[] = [];
  const count = { left: POSITIONS_LIMIT };
  // Collections are walked with a list of one's own: a file of a million brackets ends no stack of ours.
  const waiting: { value: unknown; name: string }[] = [{ value: root, name: '' }];
  for (let steps = 0; waiting.length > 0; steps += 1) {
    if (steps > 2 * FEATURES_LIMIT || found.length > FEATURES_LIMIT) throw new Refused('fileTooLarge');
    const { value, name } = waiting.pop()!;
    if (typeof value !== 'object' || value === null) continue;
    const object = value as Record<string, unknown>;
    const type = String(object['type']);
    const depth = Object.hasOwn(DEPTHS, type) ? DEPTHS[type] : undefined;
    if (depth !== undefined) found.push(feature(type, checked(object['coordinates'], depth, count), name));
    else if (type === 'Feature') waiting.push({ value: object['geometry'], name: nameOf(object['properties']) });
    else {
      const parts = type === 'FeatureCollection' ? object['features'] : type === 'GeometryCollection' ? object['geometries'] : undefined;
      if (!Array.isArray(parts)) throw new Refused('fileUnreadable');
      if (parts.length > FEATURES_LIMIT) throw new Refused('fileTooLarge');
      for (const part of parts) waiting.push({ value: part, name });
    }
  }
  return found;
}

function nameOf(properties: unknown): string {
  if (typeof properties !== 'object' || properties === null) return '';
  const own = properties as Record<string, unknown>;
  const key = ['名称', '施設名', '名前', 'name', 'Name', 'title'].find((wanted) => typeof own[wanted] === 'string');
  return key === undefined ? '' : String(own[key]);
}

/** The cells of a CSV (RFC 4180), rows past the limit refused. */
function cells(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (letter === '"' && cell === '') quoted = true;
    else if (letter === ',' || letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[at + 1] === '\n') at += 1;
      rows.at(-1)!.push(cell);
      cell = '';
      if (letter !== ',') rows.push([]);
      if (rows.length > FEATURES_LIMIT + 2) throw new Refused('fileTooLarge');
    } else cell += letter;
  }
  rows.at(-1)!.push(cell);
  return rows;
}

function ofCsv(text: string): OwnFeature[] {
  if (text.includes('\ufffd') || text.includes('\0')) throw new Refused('fileUnreadable');
  const [head, ...rows] = cells(text);
  const column = (names: RegExp) => head?.findIndex((title) => names.test(title.trim())) ?? -1;
  const lat = column(/^(緯度|lat(itude)?|y)$/i);
  const lon = column(/^(経度|lon(gitude)?|lng|x)$/i);
  if (lat < 0 || lon < 0) throw new Refused('fileEmpty');
  const name = column(/(名称|施設名|名前|^name$|^title$)/i);
  return rows.flatMap((row) => {
    const [y, x] = [row[lat], row[lon]].map((cell) => (cell?.trim() ? Number(cell) : Number.NaN)) as [number, number];
    if (!(Math.abs(x) <= 180 && Math.abs(y) <= 90)) return [];
    return [feature('Point', [x, y], name < 0 ? '' : row[name] ?? '')];
  });
}

function ofGpx(text: string): OwnFeature[] {
  // Entities of one's own are how small files become large ones; no GPX needs them.
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Refused('fileUnreadable');
  const page = new DOMParser().parseFromString(text, 'application/xml');
  if (page.getElementsByTagName('parsererror').length > 0) throw new Refused('fileUnreadable');
  const count = { left: POSITIONS_LIMIT };
  const place = (element: Element) => checked(['lon', 'lat'].map((key) => Number(element.getAttribute(key) ?? 'x')), 0, count);
  const name = (element: Element) => element.getElementsByTagNameNS('*', 'name')[0]?.textContent ?? '';
  const all = (parent: Document | Element, tag: string) => [...parent.getElementsByTagNameNS('*', tag)];
  const found = all(page, 'wpt').map((element) => feature('Point', place(element), name(element)));
  for (const [line, point] of [['trkseg', 'trkpt'], ['rte', 'rtept']] as const) {
    for (const element of all(page, line)) {
      const places = all(element, point).map(place);
      const named = line === 'rte' ? element : element.parentElement ?? element;
      if (places.length > 1) found.push(feature('LineString', places, name(named)));
    }
  }
  return found;
}
