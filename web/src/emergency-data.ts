// The shelters as they are kept in the browser: one file for each municipality, the newest only.

/** The file of a municipality (`/emergency/data/…`). */
export interface City {
  city: string;
  code: string;
  prefecture: string;
  date: string;
  hazards: string[];
  lists: { title: string; attribution: string; licence: string; licence_url: string; date: string; marked: boolean; records: string }[];
  columns: string[];
  shelters: (string | number | null | undefined)[][];
}

/** A municipality in the list of files. */
export interface Known {
  code: string;
  name: string;
  prefecture: string;
  bbox: [number, number, number, number] | null;
  date: string;
  href: string;
}

const INDEX = '/emergency/data.json';
const NAME = 'hiraku-emergency-data';
const PATH = '/emergency/data/';
/** How long the server is waited for before what is kept must do, ms. */
const PATIENCE_MS = 8_000;

const open = () => caches.open(NAME);

/** The list of files: from the server (`online`), else as it was kept. */
export async function index(): Promise<{ cities: Known[]; online: boolean }> {
  const cache = await open();
  try {
    const answer = await fetch(INDEX, { cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    await cache.put(INDEX, answer.clone());
    return { cities: ((await answer.json()) as { cities: Known[] }).cities, online: true };
  } catch {
    const kept = await cache.match(INDEX, { ignoreVary: true });
    const cities = kept ? ((await kept.json()) as { cities: Known[] }).cities : [];
    return { cities, online: false };
  }
}

/** The paths of the files that are kept. */
async function paths(): Promise<string[]> {
  const cache = await open();
  const requests = await cache.keys();
  return requests.map((request) => new URL(request.url).pathname).filter((path) => path.startsWith(PATH));
}

const codeOf = (path: string) => path.slice(PATH.length).split('-')[0] ?? '';

/** Brings what is kept to the newest state: files of another version are replaced, those that are public no more go. */
export async function renew(cities: Known[], wanted: string): Promise<void> {
  const cache = await open();
  const before = await paths();
  const codes = new Set([...before.map(codeOf), wanted].filter(Boolean));
  for (const known of cities.filter(({ code }) => codes.has(code))) {
    if (!before.includes(known.href)) await cache.add(known.href).catch(() => undefined);
  }
  const current = new Set(cities.map(({ href }) => href));
  const here = new Set(await paths());
  for (const path of here) {
    const newer = cities.find(({ code }) => code === codeOf(path))?.href;
    // An old one stays until the new one has come, but only where there is a new one.
    if (!current.has(path) && (!newer || here.has(newer))) await cache.delete(path);
  }
}

/** The municipalities that are kept. */
export async function kept(): Promise<City[]> {
  const cache = await open();
  const found = await Promise.all((await paths()).map((path) => cache.match(path, { ignoreVary: true })));
  const cities = await Promise.all(found.map((answer) => answer?.json() as Promise<City> | undefined));
  return cities.filter((city): city is City => city !== undefined).sort((a, b) => a.code.localeCompare(b.code));
}

/** The file of a municipality: as kept, else from the server, which keeps it. */
export async function load(known: Known): Promise<City | undefined> {
  const cache = await open();
  const mine = await cache.match(known.href, { ignoreVary: true });
  if (mine) return (await mine.json()) as City;
  try {
    await cache.add(known.href);
  } catch {
    return undefined;
  }
  return (await (await cache.match(known.href, { ignoreVary: true }))?.json()) as City | undefined;
}

/** Forgets a municipality. */
export async function forget(code: string): Promise<void> {
  const cache = await open();
  for (const path of await paths()) {
    if (codeOf(path) === code) await cache.delete(path);
  }
}
