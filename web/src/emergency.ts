// 防災 in the browser: the same lists as the server makes, from the files that are kept here – with the position of the
// device, which never leaves it, and without a network after one visit.
import { forget, index, kept, load, renew, type City, type Known } from './emergency-data';
import { arrow, element, fill } from './emergency-dom';
import { way, type Place, type Way } from './geodesic';

interface Words {
  [name: string]: string | string[];
  directions: string[];
  hazards: string[];
}

interface Found {
  city: City;
  row: City['shelters'][number];
  way: Way | undefined;
}

/** Where in a row what stands (`columns` of the file). */
const AT = { list: 0, id: 1, name: 2, place: 3, lon: 4, lat: 5, fit: 6, unknown: 7, elevation: 8, capacity: 9, floors: 10, remarks: 11, rough: 12 };
const PER_PAGE = 20;
const APART = 10;
/** How far over the border shelters are looked for, and how far a municipality may be away, metres. */
const OVER_BORDER_M = 5_000;
const NEXT_TO_M = 20_000;
const CITIES = 6;

const root = document.getElementById('emergency');
const results = document.getElementById('results');
const status = document.getElementById('emergency-status');

/** How far a coarse box is away, metres; 0 inside of it. */
function gap(box: Known['bbox'], from: Place): number {
  if (!box) return Infinity;
  const beside = (at: number, low: number, high: number) => Math.max(low - at, at - high, 0);
  const east = beside(from.lon, box[0], box[2]) * 111_300 * Math.cos((from.lat * Math.PI) / 180);
  return Math.hypot(beside(from.lat, box[1], box[3]) * 111_000, east);
}

function begin(root: HTMLElement, results: HTMLElement, status: HTMLElement): void {
  const words = JSON.parse(root.dataset['words'] ?? '{}') as Words;
  const word = (name: string) => String(words[name] ?? '');
  const isShell = root.dataset['shell'] === 'true';
  const asked = new URLSearchParams(location.search);
  const hazards = [...document.querySelectorAll<HTMLAnchorElement>('#hazards a')];
  const names = hazards.map((link) => new URL(link.href).searchParams.get('hazard') ?? '');
  const state = {
    hazard: names.indexOf(asked.get('hazard') ?? root.dataset['hazard'] ?? ''),
    city: asked.get('city') ?? root.dataset['city'] ?? '',
    from: undefined as Place | undefined,
    cities: [] as Known[],
    shown: PER_PAGE,
  };

  const length = (metres: number) =>
    metres < 995
      ? fill(word('metres'), { number: (Math.round(metres / 10) * 10).toFixed(0) })
      : fill(word('kilometres'), { number: (metres / 1000).toFixed(metres < 9_950 ? 1 : 0) });
  const direction = ({ bearing }: Way) => words.directions[Math.floor(((bearing + 22.5) % 360) / 45)] ?? '';

  /** The municipalities to look at: around the position, else the chosen one. */
  async function wanted(): Promise<City[]> {
    const { from } = state;
    let known = state.cities.filter(({ code }) => code === state.city);
    if (from) {
      const near = state.cities
        .map((one) => ({ one, away: gap(one.bbox, from) }))
        .filter(({ away }) => away <= NEXT_TO_M)
        .sort((a, b) => a.away - b.away);
      const least = near[0]?.away ?? 0;
      known = near.filter(({ away }) => away <= Math.max(OVER_BORDER_M, least)).map(({ one }) => one).slice(0, CITIES);
    }
    const loaded = await Promise.all(known.map(load));
    return loaded.filter((city): city is City => city !== undefined);
  }

  function sorted(cities: City[], bit: number) {
    const fit: Found[] = [];
    const unknown: Found[] = [];
    const unplaced: Found[] = [];
    let unfit = 0;
    for (const city of cities) {
      for (const row of city.shelters) {
        const [lon, lat] = [row[AT.lon], row[AT.lat]];
        const to = typeof lon === 'number' && typeof lat === 'number' ? { lon: lon / 1e5, lat: lat / 1e5 } : undefined;
        const found = { city, row, way: state.from && to ? way(state.from, to) : undefined };
        if (Number(row[AT.fit]) & bit) (to ? fit : unplaced).push(found);
        else if (Number(row[AT.unknown]) & bit) unknown.push(found);
        else unfit += 1;
      }
    }
    const text = ({ row }: Found) => `${row[AT.place] ?? ''}\n${row[AT.name] ?? ''}`;
    const order = (a: Found, b: Found) =>
      (a.way?.metres ?? Infinity) - (b.way?.metres ?? Infinity) || (text(a) < text(b) ? -1 : 1);
    // Two without a way are as far as each other: Infinity − Infinity is no number.
    const safe = (a: Found, b: Found) => (a.way || b.way ? order(a, b) : text(a) < text(b) ? -1 : 1);
    return { fit: fit.sort(safe), unknown: unknown.sort(safe), unplaced: unplaced.sort(safe), unfit };
  }

  function item({ city, row, way }: Found): HTMLElement {
    const list = city.lists[Number(row[AT.list])];
    const place = String(row[AT.place] ?? '');
    const facts: string[] = [];
    const fact = (name: string, mark: string, value: unknown) => {
      if (value !== null && value !== undefined) facts.push(fill(word(name), { [mark]: String(value) }));
    };
    if (city.code !== state.city) fact('otherCity', 'city', city.city);
    if (list && !list.marked) facts.push(word('stay'));
    if (row[AT.rough]) facts.push(word('rough'));
    fact('elevation', 'number', row[AT.elevation]);
    fact('floors', 'text', row[AT.floors]);
    fact('capacity', 'text', row[AT.capacity]);
    const others = words.hazards.filter((_, at) => at !== state.hazard && Number(row[AT.fit]) & (1 << at));
    if (others.length > 0) fact('others', 'list', others.join(word('comma')));
    const link = element('a', { href: `${list?.records ?? ''}${row[AT.id]}` }, String(row[AT.name]));
    return element(
      'li',
      {},
      element('h3', {}, link),
      way && element('p', { class: 'way' }, arrow(way.bearing), ` ${direction(way)} `, element('strong', {}, length(way.metres))),
      place && element('p', {}, /^[^ -~]*[都道府県]/.test(place) ? place : `${city.city}${place}`),
      facts.length > 0 && element('ul', { class: 'meta' }, ...facts.map((text) => element('li', {}, text))),
      row[AT.remarks] ? element('p', { class: 'small' }, String(row[AT.remarks])) : undefined,
    );
  }

  function list(found: Found[], most: number, tag: 'ol' | 'ul') {
    return element(tag, { class: 'shelters' }, ...found.slice(0, most).map(item));
  }

  /** Shows the list of what was asked for, and says in one sentence what it is. */
  async function show(speak = true): Promise<void> {
    const hazard = words.hazards[state.hazard];
    hazards.forEach((link, at) =>
      at === state.hazard ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current'),
    );
    if (!hazard) return say(word('chooseHazard'));
    const cities = await wanted();
    if (cities.length === 0) return say(word(state.from ? 'away' : 'chooseCity'));
    if (!state.city) state.city = cities[0]?.code ?? '';
    const { fit, unknown, unplaced, unfit } = sorted(cities, 1 << state.hazard);
    const first = fit[0];
    const heading = state.from
      ? fill(word('resultsNear'), { hazard })
      : fill(word('resultsAll'), { hazard, city: cities[0]?.city ?? '' });
    const more = element('button', { type: 'button', class: 'plain button' }, word('next'));
    more.addEventListener('click', () => {
      const before = state.shown;
      state.shown += PER_PAGE;
      void show(false).then(() => results.querySelectorAll<HTMLElement>('ol.shelters > li a')[before]?.focus());
    });
    results.replaceChildren(
      element('h2', { id: 'results-title' }, heading),
      ...cities.map((city) => element('p', { class: 'small' }, `${city.city}: ${fill(word('dated'), { date: city.date })}`)),
      first ? list(fit, state.shown, 'ol') : element('p', { class: 'notice' }, fill(word('none'), { hazard })),
      ...(fit.length > state.shown ? [more] : []),
      ...(unplaced.length > 0 ? [element('h3', {}, word('unplaced')), list(unplaced, APART, 'ul')] : []),
      ...(unfit > 0 ? [element('p', {}, fill(word('unfit'), { count: String(unfit) }))] : []),
      ...(unknown.length > 0
        ? [
            element(
              'section',
              { class: 'unknown' },
              element('h3', {}, word('unknown')),
              element('p', {}, word('unknownText')),
              list(unknown, APART, 'ul'),
            ),
          ]
        : []),
      ...credits(cities),
    );
    if (!speak) return;
    const count = String(fit.length);
    if (!first) say(fill(word('none'), { hazard }));
    else if (!first.way) say(fill(word('listed'), { count, hazard }));
    else {
      const [name, distance] = [String(first.row[AT.name]), length(first.way.metres)];
      say(fill(word('nearest'), { count, hazard, name, direction: direction(first.way), distance }));
    }
  }

  /** Who made the lists, and on what terms. */
  function credits(cities: City[]): HTMLElement[] {
    const lines = cities.flatMap(({ lists }) => lists.map((one) => `${one.attribution || one.title} (${one.licence}, ${one.date})`));
    return [element('ul', { class: 'sources small' }, ...[...new Set(lines)].map((line) => element('li', {}, line)))];
  }

  function say(text: string): void {
    status.textContent = text;
  }

  function locate(): void {
    say(word('seeking'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        state.from = { lon: coords.longitude, lat: coords.latitude };
        state.shown = PER_PAGE;
        void show();
      },
      () => say(word('denied')),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    );
  }

  /** The municipality, chosen without the server. */
  function cityChoice(cities: Known[], take: (code: string) => void, id: string, chosen: string): HTMLElement[] {
    const select = element(
      'select',
      { id },
      element('option', { value: '' }, word('chooseCity')),
      ...cities.map(({ code, name }) => element('option', { value: code, ...(code === chosen ? { selected: '' } : {}) }, name)),
    );
    select.addEventListener('change', () => take((select as HTMLSelectElement).value));
    return [element('label', { for: id }, word('city')), select];
  }

  function live(own: City[]): void {
    const place = document.getElementById('emergency-live');
    if (!place) return;
    const parts: HTMLElement[] = [];
    if ('geolocation' in navigator) {
      const button = element('button', { type: 'button', id: 'emergency-here' }, word('here'));
      button.addEventListener('click', locate);
      parts.push(element('div', {}, button, element('p', { class: 'small' }, word('hereNote'))));
    }
    if (isShell) {
      const known = state.cities.filter(({ code }) => own.some((city) => city.code === code));
      const take = (code: string) => {
        [state.city, state.from] = [code, undefined];
        void show();
      };
      parts.push(element('div', { class: 'place-form' }, ...cityChoice(known, take, 'kept-city', state.city)));
    }
    place.replaceChildren(...parts);
    place.hidden = parts.length === 0;
  }

  /** What is kept here, what can be kept, and a button to forget each. */
  async function keeping(): Promise<City[]> {
    const own = await kept();
    const section = document.getElementById('emergency-kept');
    if (!section) return own;
    const lines = own.map(({ city, code, date }) => {
      const button = element('button', { type: 'button', class: 'plain button' }, fill(word('drop'), { city }));
      button.addEventListener('click', () => {
        void forget(code).then(keeping).then(() => say(fill(word('dropped'), { city })));
      });
      return element('li', {}, element('span', {}, fill(word('kept'), { city, date })), button);
    });
    const others = state.cities.filter(({ code }) => !own.some((city) => city.code === code));
    let chosen = '';
    const button = element('button', { type: 'button' }, word('keep'));
    button.addEventListener('click', () => {
      const known = others.find(({ code }) => code === chosen);
      if (known) {
        void load(known)
          .then(keeping)
          .then((now) => {
            const city = now.find(({ code }) => code === known.code);
            say(city ? fill(word('kept'), { city: city.city, date: city.date }) : word('offline'));
          });
      }
    });
    const choice = cityChoice(others, (code) => (chosen = code), 'keep-city', '');
    section.replaceChildren(
      element('h2', { id: 'kept-title' }, word('keptTitle')),
      element('p', {}, lines.length > 0 ? word('keptText') : word('nothingKept')),
      element('ul', { class: 'kept-list' }, ...lines),
      ...(others.length > 0
        ? [
            element(
              'div',
              { class: 'place-form' },
              ...choice.slice(0, 1),
              element('div', { class: 'place-line' }, ...choice.slice(1), button),
            ),
          ]
        : []),
    );
    section.hidden = false;
    return own;
  }

  hazards.forEach((link, at) =>
    link.addEventListener('click', (event) => {
      // The server makes the list where it can; a position of the device it must not be told.
      if (!isShell && !state.from) return;
      event.preventDefault();
      [state.hazard, state.shown] = [at, PER_PAGE];
      void show();
    }),
  );

  async function start(): Promise<void> {
    const { cities, online } = await index();
    state.cities = cities;
    const notice = document.getElementById('emergency-offline');
    if (notice) notice.hidden = online;
    if (online) await renew(cities, root.dataset['city'] ?? '');
    const own = await keeping();
    if (isShell && !state.city && own.length === 1) state.city = own[0]?.code ?? '';
    live(own);
    root.dataset['ready'] = online ? 'online' : 'offline';
    if (isShell) await show();
  }

  // Where the browser keeps nothing (a private window), the page stays as the server made it.
  void start().catch(() => undefined);
  if ('serviceWorker' in navigator) {
    const script = root.dataset['worker'] ?? '';
    void navigator.serviceWorker
      .register(script, { scope: '/emergency' })
      .then(() => navigator.serviceWorker.ready)
      .then(({ active }) => {
        if (!isShell) active?.postMessage('renew');
        root.dataset['kept'] = 'true';
      })
      .catch(() => undefined);
  }
}

// Without a store of its own (an old browser, a page that did not come safely) the page stays as the server made it.
if (root && results && status && 'caches' in globalThis) begin(root, results, status);
