// One page of each kind, found from what the server says it has.

/** Kinds of pages with a path of each: `{ kind, path, status }`. */
export async function discover(base) {
  const json = async (path) => {
    const answer = await fetch(base + path);
    if (!answer.ok) throw new Error(`${answer.status} at ${path}`);
    return answer.json();
  };
  const names = (await json('/api/3/action/package_list')).result;
  const { layers } = await json('/tiles.json');
  const organizations = (await json('/api/3/action/organization_list')).result;
  if (names.length === 0 || layers.length === 0) throw new Error('the server has no datasets or no layers to look at');

  const text = async (path) => (await fetch(base + path)).text();
  const link = (html, pattern) => pattern.exec(html)?.[1]?.replaceAll('&amp;', '&');
  const pages = [
    { kind: 'home', path: '/' },
    { kind: 'search', path: '/dataset' },
    { kind: 'search: words', path: `/dataset?q=${encodeURIComponent('避難')}` },
    { kind: 'search: nothing', path: '/dataset?q=zzzzzz-nothing' },
    { kind: 'search: last page', path: '/dataset?page=100000&sort=title' },
    { kind: 'organizations', path: '/organization' },
    { kind: 'organization', path: `/organization/${organizations[0]}` },
    { kind: 'maps', path: '/map' },
    { kind: 'stats', path: '/stats' },
    { kind: 'stats: by day', path: '/stats?by=day' },
    { kind: 'stats: by year', path: '/stats?by=year' },
    { kind: 'stats: daily', path: '/stats/daily' },
    { kind: 'stats: organization', path: `/stats/${organizations[0]}` },
    { kind: 'stats: dataset', path: `/stats/dataset/${names[0]}` },
    { kind: 'stats: layer', path: `/stats/layer/${layers[0].id}` },
    { kind: 'key figures', path: '/stats/kpi' },
    { kind: 'key figures: one', path: `/stats/kpi/${organizations[0]}` },
    { kind: 'about', path: '/about' },
    { kind: 'terms', path: '/terms' },
    { kind: 'accessibility', path: '/accessibility' },
    { kind: 'help', path: '/help' },
    { kind: 'developers', path: '/developers' },
    { kind: 'missing', path: '/dataset/there-is-no-such-dataset', status: 404 },
    { kind: 'missing: anything', path: '/there/is/nothing', status: 404 },
    { kind: 'wrong box', path: `/map/${layers[0].id}?bbox=1,2,3`, status: 400 },
  ];

  const { cities } = await json('/emergency/data.json');
  const city = cities.find(({ bbox }) => bbox);
  if (city) {
    const [west, south, east, north] = city.bbox;
    const middle = `lat=${((south + north) / 2).toFixed(5)}&lon=${((west + east) / 2).toFixed(5)}`;
    pages.push(
      { kind: 'emergency', path: '/emergency' },
      { kind: 'emergency: list', path: `/emergency?city=${city.code}&hazard=earthquake&${middle}` },
      { kind: 'emergency: map', path: `/emergency?city=${city.code}&bbox=${city.bbox.join(',')}` },
      { kind: 'emergency: offline', path: '/emergency/offline' },
      { kind: 'emergency: wrong position', path: '/emergency?lat=1&lon=2', status: 400 },
      { kind: 'emergency: point', path: `/point?${middle}` },
      { kind: 'emergency: point of nothing', path: '/point' },
    );
  }

  // A dataset with a map, one without, and the one with the most findings among the first hundred.
  const datasets = await Promise.all(names.slice(0, 100).map(async (name) => ({ name, html: await text(`/dataset/${name}`) })));
  const withMap = datasets.find(({ html }) => html.includes('class="map-picture"'));
  const without = datasets.find(({ html }) => !html.includes('class="map-picture"'));
  const findings = (html) => html.split('class="severity ').length;
  const worst = datasets.toSorted((a, b) => findings(b.html) - findings(a.html))[0];
  for (const [kind, dataset] of [['dataset: with map', withMap], ['dataset: table only', without], ['dataset: findings', worst]]) {
    if (!dataset) continue;
    pages.push({ kind, path: `/dataset/${dataset.name}` });
    const feature = link(dataset.html, /href="(\/dataset\/[^"]+\/feature\/[^"]+)"/);
    if (feature && kind !== 'dataset: findings') pages.push({ kind: kind.replace('dataset', 'feature'), path: feature });
  }

  // A map of each kind of geometry, as far as there are some.
  const kinds = new Map();
  for (const { id } of layers) {
    const html = await text(`/map/${id}`);
    const kind = html.includes('<circle class="point" cx="12"') ? 'points' : html.includes('<path class="line" d="M2 18') ? 'lines' : 'areas';
    // The boundary of everything is no example of a layer over a boundary.
    if (!kinds.has(kind) && !/行政区域/.test(html.split('<main')[1]?.split('</h1>')[0] ?? '')) kinds.set(kind, id);
    if (kinds.size === 3) break;
  }
  for (const [kind, id] of kinds) pages.push({ kind: `map: ${kind}`, path: `/map/${id}` });

  // Themed maps: the one with the most layers, and one of another city; with everything that belongs to them.
  const { maps } = await json('/maps.json');
  const largest = maps.toSorted((a, b) => b.layers.length - a.layers.length)[0];
  const other = maps.find(({ organization }) => organization !== largest?.organization);
  pages.push({ kind: 'themed maps', path: '/maps' });
  if (largest) {
    const own = `/maps/${largest.name}`;
    pages.push({ kind: 'themed: largest', path: own }, { kind: 'themed: embed', path: `${own}/embed` });
    const at = /name="lat"[^>]*value="([^"]+)"[\s\S]*?name="lon"[^>]*value="([^"]+)"/.exec(await text(own))?.slice(1).join(',');
    pages.push({ kind: 'about a point', path: `${own}/point?at=${at}` });
    pages.push({ kind: 'sheet', path: `${own}/print?at=${at}&scale=5000&paper=a4&orientation=landscape` });
    pages.push({ kind: 'sheet: refused', path: `${own}/print?scale=1`, status: 400 });
    pages.push({ kind: 'sheet: one layer', path: `/map/${layers[0].id}/print` });
  }
  if (other) pages.push({ kind: 'themed: other city', path: `/maps/${other.name}` });
  return pages.map((page) => ({ status: 200, ...page }));
}
