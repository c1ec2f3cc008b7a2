// Lengths and areas on the ellipsoid GRS 80 (JGD2011), so that what is measured on the map is what is true on the ground.
// Longitude before latitude, degrees; metres and square metres.

export type Position = readonly [lon: number, lat: number];

/** The way between two positions. */
export interface Way {
  metres: number;
  /** Degrees clockwise from north where it begins, 0…360. */
  bearing: number;
}

/** The same as an object. */
export interface Place {
  lon: number;
  lat: number;
}

const A = 6_378_137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RAD = Math.PI / 180;

/**
 * The way from one position to another: Vincenty's inverse formula (1975), true to less than a millimetre. Between two that
 * are the same it points north.
 */
export function way(from: Place, to: Place): Way {
  const L = ((((to.lon - from.lon) % 360) + 540) % 360 - 180) * RAD;
  const u1 = Math.atan((1 - F) * Math.tan(from.lat * RAD));
  const u2 = Math.atan((1 - F) * Math.tan(to.lat * RAD));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = L;
  let [sinSigma, cosSigma, sigma, cos2Alpha, cos2M] = [0, 1, 0, 1, 1];
  for (let turn = 0; turn < 100; turn += 1) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    sinSigma = Math.hypot(c2 * sinL, c1 * s2 - s1 * c2 * cosL);
    if (sinSigma === 0) return { metres: 0, bearing: 0 };
    cosSigma = s1 * s2 + c1 * c2 * cosL;
    sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sinL) / sinSigma;
    cos2Alpha = 1 - sinAlpha * sinAlpha;
    cos2M = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
    const C = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const next = L + (1 - C) * F * sinAlpha * (sigma + C * sinSigma * (cos2M + C * cosSigma * (2 * cos2M * cos2M - 1)));
    const change = Math.abs(next - lambda);
    lambda = next;
    if (change < 1e-12) break;
  }
  const uu = (cos2Alpha * (A * A - B * B)) / (B * B);
  const k1 = 1 + (uu / 16384) * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
  const k2 = (uu / 1024) * (256 + uu * (-128 + uu * (74 - 47 * uu)));
  const more =
    k2 * sinSigma *
    (cos2M + (k2 / 4) * (cosSigma * (2 * cos2M * cos2M - 1) - (k2 / 6) * cos2M * (4 * sinSigma * sinSigma - 3) * (4 * cos2M * cos2M - 3)));
  const bearing = (Math.atan2(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda)) * 180) / Math.PI;
  return { metres: B * k1 * (sigma - more), bearing: (bearing + 360) % 360 };
}

/** Length of the geodesic between two positions, m. */
export function distance([lon1, lat1]: Position, [lon2, lat2]: Position): number {
  return way({ lon: lon1, lat: lat1 }, { lon: lon2, lat: lat2 }).metres;
}

/** Length of a line, m. */
export function length(line: readonly Position[]): number {
  let sum = 0;
  for (let at = 1; at < line.length; at += 1) sum += distance(line[at - 1]!, line[at]!);
  return sum;
}

/** Pieces into which an edge is cut: the error of what is straight between them falls with their square. */
const PIECES = 64;

/** Area between a ring of geodesics, m². The ring need not be closed; its direction does not matter. */
export function area(ring: readonly Position[]): number {
  if (ring.length < 3) return 0;
  // Equal-area cylinder: x is the longitude, y the area between equator and latitude over a radian of longitude.
  let sum = 0;
  for (let at = 0; at < ring.length; at += 1) {
    const pieces = between(ring[at]!, ring[(at + 1) % ring.length]!);
    for (let piece = 1; piece < pieces.length; piece += 1) {
      const [[x1, y1], [x2, y2]] = [pieces[piece - 1]!, pieces[piece]!];
      const turn = ((((x2 - x1) % 360) + 540) % 360 - 180) * RAD;
      sum += (turn * (belt(y1) + belt(y2))) / 2;
    }
  }
  return Math.abs(sum);
}

/** Area between the equator and a latitude over one radian of longitude, m². */
function belt(lat: number): number {
  const s = Math.sin(lat * RAD);
  return ((B * B) / 2) * (s / (1 - E2 * s * s) + Math.atanh(E * s) / E);
}

/** Points along the normal section between two positions: within metres of the geodesic for edges of a city's size. */
function between(from: Position, to: Position): Position[] {
  const [p, q] = [vector(from), vector(to)];
  const points: Position[] = [];
  for (let step = 0; step <= PIECES; step += 1) {
    const part = step / PIECES;
    if (step === 0) points.push(from);
    else if (step === PIECES) points.push(to);
    else points.push(position([0, 1, 2].map((axis) => p[axis]! + part * (q[axis]! - p[axis]!))));
  }
  return points;
}

function vector([lon, lat]: Position): number[] {
  const s = Math.sin(lat * RAD);
  const n = A / Math.sqrt(1 - E2 * s * s);
  const c = n * Math.cos(lat * RAD);
  return [c * Math.cos(lon * RAD), c * Math.sin(lon * RAD), n * (1 - E2) * s];
}

/** The position over a point under the surface (Bowring, 1976). */
function position(at: number[]): Position {
  const [x, y, z] = [at[0]!, at[1]!, at[2]!];
  const p = Math.hypot(x, y);
  const t = Math.atan2(z * A, p * B);
  const lat = Math.atan2(z + (E2 / (1 - E2)) * B * Math.sin(t) ** 3, p - E2 * A * Math.cos(t) ** 3);
  return [Math.atan2(y, x) / RAD, lat / RAD];
}

/** A length in words. */
export function lengthWords(metres: number): string {
  if (metres < 1_000) return `${metres.toFixed(1)} m`;
  return `${(metres / 1_000).toFixed(3)} km`;
}

/** An area in words. */
export function areaWords(square: number): string {
  if (square < 10_000) return `${square.toFixed(1)} m²`;
  if (square < 1_000_000) return `${(square / 10_000).toFixed(3)} ha`;
  return `${(square / 1_000_000).toFixed(4)} km²`;
}
