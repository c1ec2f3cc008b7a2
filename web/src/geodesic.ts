// Distances along the ellipsoid (GRS 80), as the server tells them: Vincenty's inverse formula, to a millimetre for
// anything within Japan.

/** The way between two positions. */
export interface Way {
  metres: number;
  /** Degrees clockwise from north where it begins, 0…360. */
  bearing: number;
}

/** A position in degrees. */
export interface Position {
  lon: number;
  lat: number;
}

const A = 6_378_137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** The way from one position to another; between two that are the same it points north. */
export function way(from: Position, to: Position): Way {
  const L = rad(to.lon - from.lon);
  const u1 = Math.atan((1 - F) * Math.tan(rad(from.lat)));
  const u2 = Math.atan((1 - F) * Math.tan(rad(to.lat)));
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
