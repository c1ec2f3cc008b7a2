// A themed map. The page is whole without this script: picture, list, tree of layers and everything about a point are
// made by the server. With it, MapLibre takes the picture's place; the tree switches layers at once; a point is asked
// about by a click or by its key; lengths and areas are measured; own files are shown. The address follows everything.
import type { GeoJSONSource } from 'maplibre-gl';
import { area, areaWords, length, lengthWords, type Position } from './geodesic.js';
import { drawMarks } from './marks.js';
import { moving } from './moving.js';
import { BYTES_LIMIT, Refused, read } from './ownfile.js';

/** What the server wrote on the frame of the map. */
interface Settings {
  path: string;
  style: string;
  worker: string;
  faces: string;
  bounds: string;
  name: string;
  most: number;
  words: Record<string, string>;
}

/** How long the map must rest before the list follows, ms: one request for a whole movement. */
const REST_MS = 250;
/** Kinds of style layers of one layer, as the server's style names them. */
const KINDS = ['areas', 'hatches', 'edges', 'cases', 'lines', 'points', 'names'];
/** Their opacities in full. */
const OPACITIES: Record<string, ['fill-opacity' | 'line-opacity' | 'icon-opacity', number]> = {
  areas: ['fill-opacity', 0.22],
  hatches: ['fill-opacity', 1],
  edges: ['line-opacity', 1],
  cases: ['line-opacity', 1],
  lines: ['line-opacity', 1],
  points: ['icon-opacity', 1],
};

const byId = (id: string) => document.getElementById(id);
const frame = document.querySelector<HTMLElement>('[data-themed]');
const settings = frame?.dataset['themed'] ? (JSON.parse(frame.dataset['themed']) as Settings) : undefined;

/** What is shown: names, the uppermost first, with their opacity in per cent. */
class Layers {
  shown: { name: string; percent: number }[] = [];

  constructor(private readonly tree: HTMLFormElement | null) {
    const text = tree?.querySelector<HTMLInputElement>('input[name="layers"]')?.value
      ?? new URLSearchParams(location.search).get('layers') ?? '';
    for (const part of text.split(',')) {
      const [name, percent] = part.split('~');
      if (name && name !== '-') this.shown.push({ name, percent: Number(percent ?? 100) || 100 });
    }
  }

  /** All names in the order of the tree. */
  all(): string[] {
    return [...(this.tree?.querySelectorAll<HTMLInputElement>('input[name="layer"]') ?? [])].map((box) => box.value);
  }

  /** Shows or hides a layer; what is new comes where the tree has it. */
  set(name: string, on: boolean): void {
    this.shown = this.shown.filter((one) => one.name !== name);
    if (!on) return;
    const order = this.all();
    const place = this.shown.findIndex((one) => order.indexOf(one.name) > order.indexOf(name));
    this.shown.splice(place < 0 ? this.shown.length : place, 0, { name, percent: 100 });
  }

  strength(name: string, percent: number): void {
    for (const one of this.shown) if (one.name === name) one.percent = percent;
  }

  text(): string {
    if (this.shown.length === 0) return '-';
    return this.shown.map(({ name, percent }) => (percent === 100 ? name : `${name}~${percent}`)).join(',');
  }
}

async function start(place: HTMLElement, { path, style: stylePath, worker, faces, bounds, words, most }: Settings): Promise<void> {
  const tree = byId('layer-tree') as HTMLFormElement | null;
  const layers = new Layers(tree);
  const locale = {
    'NavigationControl.ZoomIn': words['zoomIn'] ?? '',
    'NavigationControl.ZoomOut': words['zoomOut'] ?? '',
    'Map.Title': words['map'] ?? '',
    'CooperativeGesturesHandler.WindowsHelpText': words['windowsHelp'] ?? '',
    'CooperativeGesturesHandler.MacHelpText': words['macHelp'] ?? '',
    'CooperativeGesturesHandler.MobileHelpText': words['mobileHelp'] ?? '',
  };
  const [west, south, east, north] = bounds.split(',').map(Number) as [number, number, number, number];
  const begun = await moving(place, { worker, faces, bounds: [west, south, east, north], locale }, (isDark) => {
    const search = new URLSearchParams();
    if (layers.shown.length > 0 || tree) search.set('layers', layers.text());
    if (isDark) search.set('scheme', 'dark');
    return `${stylePath}?${search}`;
  });
  if (!begun) return;
  const { map, styleOf, dark } = begun;
  drawMarks(map);

  const say = (text: string) => {
    const answer = byId('map-answer');
    if (answer) answer.textContent = text;
  };

  // --- the address, the links and the list follow
  const list = byId('feature-list');
  let asking: AbortController | undefined;
  const atText = () => {
    const { lat, lng } = map.getCenter();
    return `${lat.toFixed(5)},${lng.toFixed(5)},${Number(map.getZoom().toFixed(2))}`;
  };
  const withState = (address: string) => {
    const url = new URL(address, location.href);
    url.searchParams.set('at', atText());
    return url;
  };
  /** Puts the state into an address written by the server; commas stay readable. */
  const rewritten = (address: string, order: boolean) => {
    const url = withState(address);
    if (!order) url.searchParams.set('layers', layers.text());
    url.searchParams.delete('page');
    return (url.origin === location.origin ? url.pathname + url.search : url.href).replaceAll('%2C', ',');
  };
  const followState = () => {
    if (!tree) return;
    history.replaceState(null, '', `${path}?layers=${layers.text()}&at=${atText()}`);
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-keeps-at]')) {
      const href = link.getAttribute('href') ?? '';
      link.setAttribute('href', rewritten(href, link.closest('.layer-order') !== null));
    }
    const share = byId('share-address') as HTMLInputElement | null;
    if (share) share.value = `${share.value.split('?')[0]}?layers=${layers.text()}&at=${atText()}`;
    const code = byId('share-code') as HTMLImageElement | null;
    if (code) code.src = `${path}/qr.svg?layers=${layers.text()}&at=${atText()}`;
    const embed = byId('share-embed') as HTMLTextAreaElement | null;
    if (embed) embed.value = embed.value.replace(/\?[^"]*"/, `?layers=${layers.text()}&amp;at=${atText()}"`);
  };
  const followList = async () => {
    if (!list) return;
    asking?.abort();
    const own = new AbortController();
    asking = own;
    const box = map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((degrees) => degrees.toFixed(5)).join(',');
    try {
      const search = new URLSearchParams({ layers: layers.text(), bbox, part: 'list' });
      const answer = await fetch(`${path}?${search}`, { signal: own.signal, credentials: 'same-origin' });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // A reader in the middle of the list is not thrown out of it.
      if (own.signal.aborted || list.contains(document.activeElement)) return;
      list.replaceChildren(...page.body.childNodes);
      place.dataset['listed'] = layers.text();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) console.warn(words['failed'], error);
    }
  };
  let resting: ReturnType<typeof setTimeout> | undefined;
  const follow = () => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      followState();
      void followList();
    }, REST_MS);
  };
  map.on('moveend', () => {
    // The first one only brings the map to where the page already is.
    if (place.dataset['mapState'] === 'ready') follow();
  });

  // --- the tree
  const apply = () => {
    for (const name of layers.all()) {
      const own = layers.shown.find((one) => one.name === name);
      for (const kind of KINDS) {
        const id = `${name}/${kind}`;
        if (!map.getLayer(id)) continue;
        map.setLayoutProperty(id, 'visibility', own ? 'visible' : 'none');
        const opacity = OPACITIES[kind];
        if (own && opacity) map.setPaintProperty(id, opacity[0], (opacity[1] * own.percent) / 100);
      }
    }
  };
  tree?.addEventListener('change', (event) => {
    const box = event.target as HTMLInputElement;
    if (box.name === 'layer') {
      if (box.checked && layers.shown.length >= most) {
        box.checked = false;
        say(words['tooMany'] ?? '');
        return;
      }
      layers.set(box.value, box.checked);
    } else if (box.name.startsWith('o~')) layers.strength(box.name.slice(2), Number(box.value) || 100);
    else return;
    const told = tree.querySelector<HTMLInputElement>('input[name="layers"]');
    if (told) told.value = layers.text();
    apply();
    follow();
  });

  // --- a ring around what is pointed at in the list, what is measured, and own files
  const nothing = { type: 'FeatureCollection' as const, features: [] };
  let ring: unknown = nothing;
  let measuredData: unknown = nothing;
  let ownData: unknown = nothing;
  const setData = (id: string, data: unknown) => (map.getSource(id) as GeoJSONSource | undefined)?.setData(data as never);
  const addOwn = () => {
    const colour = dark.matches ? '#ffa66d' : '#c74700';
    for (const [id, data] of [['own', ownData], ['measured', measuredData], ['ring', ring]] as const) {
      if (!map.getSource(id)) map.addSource(id, { type: 'geojson', data: data as never });
    }
    if (map.getLayer('own-areas')) return;
    map.addLayer({ id: 'own-areas', type: 'fill', source: 'own', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.25 } });
    map.addLayer({ id: 'own-lines', type: 'line', source: 'own', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 3 } });
    map.addLayer({ id: 'own-points', type: 'circle', source: 'own', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': colour, 'circle-radius': 6, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } });
    map.addLayer({ id: 'measured-area', type: 'fill', source: 'measured', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.2 } });
    map.addLayer({ id: 'measured-line', type: 'line', source: 'measured', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 3, 'line-dasharray': [2, 1] } });
    map.addLayer({ id: 'measured-points', type: 'circle', source: 'measured', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': '#ffffff', 'circle-radius': 5, 'circle-stroke-color': colour, 'circle-stroke-width': 3 } });
    map.addLayer({ id: 'ring', type: 'circle', source: 'ring', paint: { 'circle-color': 'rgba(0,0,0,0)', 'circle-radius': 14, 'circle-stroke-color': colour, 'circle-stroke-width': 4 } });
  };
  const mark = (at: readonly [number, number] | undefined) => {
    ring = at
      ? { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }] }
      : nothing;
    setData('ring', ring);
  };
  const pointed = (event: Event) => {
    const center = (event.target as HTMLElement).closest<HTMLElement>('[data-center]')?.dataset['center'];
    const [lon, lat] = (center ?? '').split(',').map(Number);
    mark(center && Number.isFinite(lon) && Number.isFinite(lat) ? [lon!, lat!] : undefined);
  };
  list?.addEventListener('pointerover', pointed);
  list?.addEventListener('focusin', pointed);
  list?.addEventListener('pointerleave', () => mark(undefined));

  // --- what all layers say of a point
  const panel = byId('point-panel');
  const ask = async (lon: number, lat: number) => {
    if (!panel) return;
    mark([lon, lat]);
    try {
      const at = `${lat.toFixed(6)},${lon.toFixed(6)},${Number(map.getZoom().toFixed(2))}`;
      const search = new URLSearchParams({ layers: layers.text(), at, part: 'report' });
      const answer = await fetch(`${path}/point?${search}`, { credentials: 'same-origin' });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      panel.replaceChildren(...page.body.childNodes);
      panel.hidden = false;
      panel.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
      panel.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      say(words['failed'] ?? '');
      console.warn(error);
    }
  };
  byId('map-point-link')?.addEventListener('click', (event) => {
    if ((event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return;
    event.preventDefault();
    const { lng, lat } = map.getCenter();
    void ask(lng, lat);
  });

  // --- measuring
  const tools = byId('map-script-tools');
  const button = (name: string) => tools?.querySelector<HTMLButtonElement>(`[data-do="${name}"]`);
  let measuring: 'distance' | 'area' | undefined;
  let corners: Position[] = [];
  const showMeasured = () => {
    const line = corners.length > 1 ? [{ type: measuring === 'area' && corners.length > 2 ? 'Polygon' : 'LineString' }] : [];
    const features = line.map(({ type }) => ({
      type: 'Feature',
      properties: {},
      geometry: { type, coordinates: type === 'Polygon' ? [[...corners, corners[0]]] : corners },
    }));
    const points = corners.map((at) => ({ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }));
    measuredData = { type: 'FeatureCollection', features: [...features, ...points] };
    setData('measured', measuredData);
    if (measuring === 'distance') say(`${words['distance']} ${lengthWords(length(corners))}`);
    if (measuring === 'area') say(`${words['area']} ${areaWords(area(corners))}`);
    place.dataset['measured'] = measuring === 'area' ? String(area(corners)) : String(length(corners));
  };
  const addCorner = (lon: number, lat: number) => {
    // A line of a thousand corners is drawn by a file, not by hand.
    if (corners.length >= 1_000) return;
    corners.push([lon, lat]);
    showMeasured();
  };
  const measure = (kind: 'distance' | 'area') => {
    measuring = measuring === kind ? undefined : kind;
    corners = [];
    for (const name of ['distance', 'area']) button(name)?.setAttribute('aria-pressed', String(measuring === name));
    for (const name of ['add', 'undo']) button(name)!.hidden = measuring === undefined;
    if (measuring) showMeasured();
    else {
      setData('measured', (measuredData = nothing));
      say('');
    }
  };
  map.on('click', ({ lngLat }) => {
    if (measuring) addCorner(lngLat.lng, lngLat.lat);
    else void ask(lngLat.lng, lngLat.lat);
  });

  const openFile = async (file: File) => {
    try {
      if (file.size > BYTES_LIMIT) throw new Refused('fileTooLarge');
      const data = read(file.name, await file.text());
      ownData = data;
      setData('own', data);
      say(`${words['fileShown']} ${data.features.length}`);
      const box = boxOf(data);
      if (box) map.fitBounds(box, { padding: 40, maxZoom: 16, animate: false });
    } catch (error) {
      say(words[error instanceof Refused ? error.wording : 'fileUnreadable'] ?? '');
    }
  };
  tools?.addEventListener('click', (event) => {
    const name = (event.target as HTMLElement).closest<HTMLElement>('button[data-do]')?.dataset['do'];
    if (name === 'distance' || name === 'area') measure(name);
    if (name === 'add') {
      const { lng, lat } = map.getCenter();
      addCorner(lng, lat);
    }
    if (name === 'undo') {
      corners.pop();
      showMeasured();
    }
    if (name === 'whole') map.fitBounds([west, south, east, north], { animate: false });
    if (name === 'locate') {
      // The position is used here and sent nowhere. A map that does not hold it is brought to the kilometre in which it
      // lies, not to the position itself: list and address follow the map and would tell it.
      navigator.geolocation?.getCurrentPosition(
        ({ coords }) => {
          mark([coords.longitude, coords.latitude]);
          if (!map.getBounds().contains([coords.longitude, coords.latitude])) {
            const coarse = (degrees: number) => Math.round(degrees * 100) / 100;
            map.jumpTo({ center: [coarse(coords.longitude), coarse(coords.latitude)], zoom: 14 });
          }
          say(`${words['located']} ${Math.round(coords.accuracy)}`);
        },
        () => say(words['notLocated'] ?? ''),
        { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
      );
    }
  });
  tools?.addEventListener('change', (event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (input.dataset['do'] === 'file' && file) void openFile(file);
  });

  map.on('load', () => {
    addOwn();
    place.classList.add('live');
    place.querySelector(':scope > svg')?.setAttribute('aria-hidden', 'true');
    byId('map-tools')?.setAttribute('hidden', '');
    tools?.removeAttribute('hidden');
    place.dataset['mapState'] = 'ready';
  });
  map.on('idle', () => {
    // What tests and people with a console want to know: what is drawn.
    const drawn = layers.all().flatMap((name) => KINDS.slice(0, 6).map((kind) => `${name}/${kind}`)).filter((id) => map.getLayer(id));
    place.dataset['mapIdle'] = 'true';
    place.dataset['mapFeatures'] = String(map.queryRenderedFeatures(drawn.length > 0 ? { layers: drawn } : undefined).length);
  });
  map.on('error', (event) => console.warn(words['failed'], event.error));
  dark.addEventListener('change', () => {
    void styleOf().then((fresh) => {
      map.setStyle(fresh, { diff: false });
      map.once('styledata', addOwn);
    });
  });
}

/** The box around a file. */
function boxOf(data: { features: { geometry: { coordinates: unknown } }[] }): [[number, number], [number, number]] | undefined {
  const box: [[number, number], [number, number]] = [[Infinity, Infinity], [-Infinity, -Infinity]];
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [x, y] = value as unknown[];
    if (typeof x === 'number' && typeof y === 'number') {
      box[0] = [Math.min(box[0][0], x), Math.min(box[0][1], y)];
      box[1] = [Math.max(box[1][0], x), Math.max(box[1][1], y)];
    } else value.forEach(visit);
  };
  for (const { geometry } of data.features) visit(geometry.coordinates);
  return Number.isFinite(box[0][0]) ? box : undefined;
}

if (frame && settings) {
  // The list comes first: the map is loaded when the page has been laid out and nothing else is waiting.
  const begin = () => {
    start(frame, settings).catch((error: unknown) => {
      frame.querySelector('.map-canvas')?.remove();
      frame.classList.remove('live');
      frame.dataset['mapState'] = 'picture';
      console.warn('The moving map could not be loaded; the picture stays.', error);
    });
  };
  if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 1000 });
  else setTimeout(begin, 200);
}
