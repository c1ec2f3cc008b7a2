// Pictures that styles of themed maps name and the map draws itself: marks of points and hatchings of areas, by
// `mark/SHAPE/COLOUR/EDGE`, `rough/SHAPE/COLOUR/EDGE` and `hatch/SHAPE/COLOUR`. The shapes are those of
// src/http/pages/themed/marks.rs.
import type { Map as MapLibreMap } from 'maplibre-gl';

const POINTS = [
  'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z',
  'M-5.5-5.5h11v11h-11z',
  'M0-7.5 7 5.5H-7z',
  'M0-7.5 7.5 0 0 7.5-7.5 0z',
  'M-2.5-7h5v4.5H7v5H2.5V7h-5V2.5H-7v-5h4.5z',
];
const HATCHES = ['', 'M-2 2l4-4M0 8l8-8M6 10l4-4', 'M-2 6l4 4M0 0l8 8M6-2l4 4', 'M0 2h8M0 6h8', 'M2 2h.01M6 6h.01'];
const RATIO = 2;

/** Draws each picture when the map first asks for it. */
export function drawMarks(map: MapLibreMap): void {
  map.setMissingStyleImageResolver((id) => {
    const [kind, shape, colour, edge] = id.split('/');
    if (map.hasImage(id) || !colour || !/^#[0-9a-f]{6}$/.test(colour)) return;
    const side = kind === 'hatch' ? 8 : 20;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side * RATIO;
    const pen = canvas.getContext('2d');
    const path = (kind === 'hatch' ? HATCHES : POINTS)[Number(shape)];
    if (!pen || path === undefined) return;
    pen.scale(RATIO, RATIO);
    pen.lineCap = 'round';
    if (kind === 'hatch') {
      pen.strokeStyle = colour;
      pen.lineWidth = 1.2;
      pen.stroke(new Path2D(path));
    } else {
      const [fill, stroke] = kind === 'rough' ? [edge ?? '#ffffff', colour] : [colour, edge ?? '#ffffff'];
      pen.translate(side / 2, side / 2);
      pen.fillStyle = fill;
      pen.strokeStyle = stroke;
      pen.lineWidth = 1.5;
      if (kind === 'rough') pen.setLineDash([3, 2]);
      const shapePath = new Path2D(path);
      pen.fill(shapePath);
      pen.stroke(shapePath);
    }
    map.addImage(id, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: RATIO });
  });
}
