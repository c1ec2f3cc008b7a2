// MapLibre in the place of the server's picture: what all maps of the pages begin with.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl';

/** What the server wrote of any map. */
export interface Ground {
  worker: string;
  faces: string;
  bounds: [west: number, south: number, east: number, north: number];
  /** MapLibre's own words. */
  locale: Record<string, string>;
}

/** A map that moves. */
export interface Moving {
  map: MapLibreMap;
  /** The style it began with. */
  style: StyleSpecification;
  /** The style as it should be now. */
  styleOf: () => Promise<StyleSpecification>;
  dark: MediaQueryList;
}

/**
 * Begins a map in `place`. `address` gives the address of its style, which follows the colours of the device. Nothing where
 * MapLibre cannot draw: the picture of the server stays, and all of the page works as without script.
 */
export async function moving(place: HTMLElement, ground: Ground, address: (dark: boolean) => string): Promise<Moving | undefined> {
  const { Map: MapLibre, NavigationControl, ScaleControl, setWorkerUrl } = await import('maplibre-gl');
  setWorkerUrl(new URL(ground.worker, location.href).href);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const json = async (from: string) => {
    const answer = await fetch(from, { credentials: 'omit' });
    if (!answer.ok) throw new Error(`${answer.status}: ${from}`);
    return answer.json();
  };
  // The ranges of the font never change and are kept by the browser; the style comes anew with each release.
  const styleOf = async (): Promise<StyleSpecification> => {
    const [style, faces] = await Promise.all([
      json(address(dark.matches)) as Promise<StyleSpecification>,
      json(ground.faces) as Promise<NonNullable<StyleSpecification['font-faces']>[string]>,
    ]);
    return { ...style, 'font-faces': { 'Noto Sans JP': faces } };
  };
  const style = await styleOf();
  const canvas = document.createElement('div');
  canvas.className = 'map-canvas';
  place.append(canvas);
  let map: MapLibreMap;
  try {
    map = new MapLibre({
      container: canvas,
      style,
      bounds: ground.bounds,
      fitBoundsOptions: { padding: 0 },
      locale: ground.locale,
      minZoom: 4,
      maxZoom: 20,
      dragRotate: false,
      pitchWithRotate: false,
      // The sources stand in full under the map, on the screen and on paper.
      attributionControl: false,
      cooperativeGestures: matchMedia('(pointer: coarse)').matches,
      // Addresses in the style begin with a slash; the workers of the map have no page to begin from.
      transformRequest: (url) => ({ url: new URL(url, location.href).href }),
    });
  } catch (error) {
    // No WebGL2.
    canvas.remove();
    place.dataset['mapState'] = 'picture';
    console.info('MapLibre cannot draw here; the picture stays.', error);
    return undefined;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'top-left');
  return { map, style, styleOf, dark };
}
