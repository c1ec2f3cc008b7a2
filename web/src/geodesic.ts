// Lengths and areas on the ellipsoid GRS 80 (JGD2011), so that what is measured on the map is what is true on the ground.
// Longitude before latitude, degrees; metres and square metres.

export type Position = readonly [lon: number, lat: number];

const A = 6_378_137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RAD = Math.PI / 180;

/** Length of the geodesic between two positions, m: Vincenty's inverse formula (1975), true to less than a millimetre. */
export function distance([lon1, lat1]: Position, [lon2, lat2]: Position): number {
  const l = ((((lon2 - lon1) % 360) + 540) % 360 - 180) * RAD;
  const u1 = Math.atan((1 - F) * Math.tan(lat1 * RAD));
  const u2 = Math.atan((1 - F) * Math.tan(lat2 * RAD));
  const [sinU1, cosU1, sinU2, cosU2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = l;
  // Opposite sides of the earth do not converge; nobody measures there on a map of a city.
  for (let round = 0; round < 200; round += 1) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    const sinS = Math.hypot(cosU2 * sinL, cosU1 * sinU2 - sinU1 * cosU2 * cosL);
    if (sinS === 0) return 0;
    const cosS = sinU1 * sinU2 + cosU1 * cosU2 * cosL;
    const sigma = Math.atan2(sinS, cosS);
    const sinA = (cosU1 * cosU2 * sinL) / sinS;
    const cos2A = 1 - sinA * sinA;
    const cosM = cos2A === 0 ? 0 : cosS - (2 * sinU1 * sinU2) / cos2A;
    const c = (F / 16) * cos2A * (4 + F * (4 - 3 * cos2A));
    const before = lambda;
    lambda = l + (1 - c) * F * sinA * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
    if (Math.abs(lambda - before) < 1e-12) {
      const k = (cos2A * (A * A - B * B)) / (B * B);
      const p = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
      const q = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
      const m = 2 * cosM * cosM - 1;
      const delta = q * sinS * (cosM + (q / 4) * (cosS * m - (q / 6) * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)));
      return B * p * (sigma - delta);
    }
  }
  return Number.NaN;
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
