// The map of a layer. The page is whole without this script: a picture and a list, both made by the server.
// With it, MapLibre takes the picture's place, the list follows the map, and the address follows both.
import type { MapGeoJSONFeature, StyleSpecification } from 'maplibre-gl';
import { moving } from './moving.js';

/** What the server wrote on the frame of the map. */
interface Settings {
  path: string;
  style: string;
  worker: string;
  faces: string;
  layer: string;
  bounds: [number, number, number, number];
  featureBase: string;
}

/** Layers of the style that can be chosen with the pointer, smallest things first. */
const CHOOSABLE = ['points', 'lines', 'areas'];

/** How long the map must rest before the list follows, ms: one request for a whole movement. */
const REST_MS = 250;

const WORDS: Record<string, string> = {
  'NavigationControl.ZoomIn': '拡大',
  'NavigationControl.ZoomOut': '縮小',
  'FullscreenControl.Enter': '全画面で表示',
  'FullscreenControl.Exit': '全画面を終了',
  'Map.Title': '地図',
  'ScaleControl.Meters': 'm',
  'ScaleControl.Kilometers': 'km',
  'CooperativeGesturesHandler.WindowsHelpText': 'Ctrlキーを押しながらスクロールすると拡大・縮小できます',
  'CooperativeGesturesHandler.MacHelpText': '⌘キーを押しながらスクロールすると拡大・縮小できます',
  'CooperativeGesturesHandler.MobileHelpText': '地図は2本の指で動かせます',
};

function settingsOf(frame: HTMLElement): Settings | null {
  const { path, style, worker, faces, layer, bounds, featureBase } = frame.dataset;
  const numbers = (bounds ?? '').split(',').map(Number);
  const [west, south, east, north] = numbers;
  if (!path || !style || !worker || !faces || !layer || !featureBase) return null;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  if (numbers.some((number) => !Number.isFinite(number))) return null;
  return { path, style, worker, faces, layer, bounds: [west, south, east, north], featureBase };
}

/** The list beside the map: follows the box, and knows which feature is chosen. */
class FeatureList {
  private asking: AbortController | undefined;
  private chosen: string | undefined;

  constructor(
    private readonly place: HTMLElement,
    private readonly path: string,
    private readonly onHover: (id: string | undefined) => void,
  ) {
    const leave = () => this.onHover(undefined);
    const enter = (event: Event) => {
      const line = (event.target as HTMLElement).closest<HTMLElement>('[data-feature]');
      this.onHover(line?.dataset['feature']);
    };
    place.addEventListener('pointerover', enter);
    place.addEventListener('pointerleave', leave);
    place.addEventListener('focusin', enter);
    place.addEventListener('focusout', leave);
  }

  /** Asks the server for the features in the box and shows them; keeps what is there when the answer fails. */
  async follow(bbox: string): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      const address = `${this.path}?${new URLSearchParams({ bbox, part: 'list' })}`;
      const answer = await fetch(address, { signal: asking.signal, credentials: 'omit' });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // A reader in the middle of the list is not thrown out of it.
      if (asking.signal.aborted || this.place.contains(document.activeElement)) return;
      this.place.replaceChildren(...page.body.childNodes);
      this.mark();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) console.warn('一覧を更新できませんでした', error);
    }
  }

  /** Marks the line of a feature, where the list holds it. */
  choose(id: string | undefined): void {
    this.chosen = id;
    this.mark();
  }

  private mark(): void {
    for (const line of this.place.querySelectorAll<HTMLElement>('[data-feature]')) {
      const chosen = line.dataset['feature'] === this.chosen;
      line.classList.toggle('chosen', chosen);
      if (chosen) line.scrollIntoView({ block: 'nearest' });
    }
  }
}

async function start(frame: HTMLElement, settings: Settings): Promise<void> {
  const ground = { worker: settings.worker, faces: settings.faces, bounds: settings.bounds, locale: WORDS };
  const begun = await moving(frame, ground, (isDark) => `${settings.style}?faces=apart${isDark ? '&scheme=dark' : ''}`);
  if (!begun) return;
  const { map, style, styleOf, dark } = begun;

  const answer = document.getElementById('map-answer');
  const place = document.getElementById('feature-list');
  const state = { hovered: undefined as string | undefined, chosen: undefined as string | undefined };
  const target = (id: string) => ({ source: 'features', sourceLayer: settings.layer, id: Number(id) });
  const paint = () => {
    map.removeFeatureState({ source: 'features', sourceLayer: settings.layer });
    for (const id of [state.hovered, state.chosen]) if (id) map.setFeatureState(target(id), { chosen: true });
  };
  const list = place
    ? new FeatureList(place, settings.path, (id) => {
        if (state.hovered === id) return;
        state.hovered = id;
        paint();
      })
    : undefined;

  const showAnswer = (features: MapGeoJSONFeature[]) => {
    if (!answer) return;
    answer.replaceChildren();
    const seen = new Set<string>();
    for (const feature of features) {
      const id = String(feature.id ?? '');
      // Ids are whole numbers made by us; anything else has no page.
      if (!/^[1-9][0-9]*$/.test(id) || seen.has(id) || seen.size >= 5) continue;
      if (seen.size > 0) answer.append('、');
      seen.add(id);
      const link = document.createElement('a');
      link.href = settings.featureBase + id;
      link.textContent = nameOf(feature) || `${id}番`;
      answer.append(link);
    }
    if (seen.size > 0) answer.prepend('選んだもの: ');
  };
  const nameField = nameFieldOf(style);
  const nameOf = (feature: MapGeoJSONFeature) => (nameField ? String(feature.properties[nameField] ?? '') : '');

  map.on('click', (event) => {
    const { x, y } = event.point;
    // A finger covers about 20 px; what lies under it is meant.
    const around: [[number, number], [number, number]] = [[x - 8, y - 8], [x + 8, y + 8]];
    const features = map.queryRenderedFeatures(around, { layers: CHOOSABLE.filter((id) => map.getLayer(id)) });
    state.chosen = features[0]?.id === undefined ? undefined : String(features[0].id);
    paint();
    list?.choose(state.chosen);
    showAnswer(features);
  });
  map.on('mousemove', (event) => {
    const over = map.queryRenderedFeatures(event.point, { layers: CHOOSABLE.filter((id) => map.getLayer(id)) });
    map.getCanvas().classList.toggle('over-feature', over.length > 0);
  });

  let resting: ReturnType<typeof setTimeout> | undefined;
  let moves = 0;
  map.on('moveend', () => {
    // The first one only brings the map to where the page already is.
    moves += 1;
    if (moves === 1 && !map.isMoving() && frame.dataset['mapState'] !== 'ready') return;
    clearTimeout(resting);
    resting = setTimeout(() => {
      const bounds = map.getBounds();
      const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
        .map((degrees) => degrees.toFixed(5))
        .join(',');
      history.replaceState(null, '', `${settings.path}?bbox=${bbox}`);
      const print = document.getElementById('print-link');
      const { lat, lng } = map.getCenter();
      const at = `${lat.toFixed(5)},${lng.toFixed(5)},${map.getZoom().toFixed(2)}`;
      print?.setAttribute('href', (print.getAttribute('href') ?? '').replace(/at=[^&]*/, `at=${at}`));
      document.getElementById('map-point')?.setAttribute('href', `/point?lat=${lat.toFixed(5)}&lon=${lng.toFixed(5)}`);
      void list?.follow(bbox);
    }, REST_MS);
  });

  map.on('load', () => {
    frame.classList.add('live');
    frame.querySelector(':scope > svg')?.setAttribute('aria-hidden', 'true');
    // The links that move the picture would load the page anew; the map has its own keys and buttons.
    for (const id of ['map-tools', 'map-left-out']) document.getElementById(id)?.setAttribute('hidden', '');
    frame.dataset['mapState'] = 'ready';
  });
  map.on('idle', () => {
    // What tests and people with a console want to know: what is drawn, and in which letters.
    const layers = ['names', 'place-names'].filter((id) => map.getLayer(id));
    const labels = map.queryRenderedFeatures({ layers });
    frame.dataset['mapIdle'] = 'true';
    frame.dataset['mapFeatures'] = String(
      map.queryRenderedFeatures({ layers: CHOOSABLE.filter((id) => map.getLayer(id)) }).length,
    );
    frame.dataset['mapLabels'] = String(labels.length);
  });
  map.on('error', (event) => console.warn('地図の一部を読み込めませんでした', event.error));
  dark.addEventListener('change', () => void styleOf().then((fresh) => map.setStyle(fresh)));
}

/** The field that names features: the one that the style writes beside them. */
function nameFieldOf(style: StyleSpecification): string | undefined {
  const names = style.layers.find((layer) => layer.id === 'names');
  const text = JSON.stringify(names && 'layout' in names ? names.layout : null);
  return /\["get",("(?:[^"\\]|\\.)*")\]/.exec(text)?.slice(1).map((found) => JSON.parse(found) as string)[0];
}

const frame = document.querySelector<HTMLElement>('[data-map]');
const settings = frame && settingsOf(frame);
if (frame && settings) {
  // The list comes first: the map is loaded when the page has been laid out and nothing else is waiting.
  const begin = () => {
    start(frame, settings).catch((error: unknown) => {
      frame.querySelector('.map-canvas')?.remove();
      frame.classList.remove('live');
      frame.dataset['mapState'] = 'picture';
      console.warn('動く地図を読み込めなかったため、図を表示しています。', error);
    });
  };
  if ('requestIdleCallback' in window) requestIdleCallback(begin, { timeout: 1000 });
  else setTimeout(begin, 200);
}
