// Curves and histograms as SVG, for the reports. Colours are those of Okabe and Ito, which all eyes can tell apart.

/**
 * @typedef {object} Chart
 * @property {string} name of its file, without .svg
 * @property {string} title
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {'log' | 'linear'} [xScale] usually log
 * @property {'log' | 'linear'} [yScale] usually log
 * @property {boolean} [steps] a histogram: each value holds until the next x
 * @property {{ name: string, points: [x: number, y: number][] }[]} series what a logarithmic axis cannot show is left out
 */

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 70, right: 190, top: 36, bottom: 46 };
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];

/** @param {Chart} chart */
export function svg({ title, xLabel, yLabel, xScale = 'log', yScale = 'log', steps = false, series }) {
  const shown = series.map(({ name, points }) => ({
    name,
    points: points.filter(
      ([x, y]) =>
        Number.isFinite(x) &&
        Number.isFinite(y) &&
        (xScale === 'linear' || x > 0) &&
        (yScale === 'linear' || y > 0)
    )
  }));
  const all = shown.flatMap(({ points }) => points);
  const x = axis(
    all.map(([value]) => value),
    xScale,
    MARGIN.left,
    WIDTH - MARGIN.right
  );
  const y = axis(
    all.map(([, value]) => value),
    yScale,
    HEIGHT - MARGIN.bottom,
    MARGIN.top
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 20, title, 'font-size="14" font-weight="bold"')
  ];
  for (const tick of x.ticks) {
    const at = round(x.place(tick));
    parts.push(line(at, MARGIN.top, at, HEIGHT - MARGIN.bottom, '#ddd'));
    parts.push(text(at, HEIGHT - MARGIN.bottom + 16, label(tick), 'text-anchor="middle"'));
  }
  for (const tick of y.ticks) {
    const at = round(y.place(tick));
    parts.push(line(MARGIN.left, at, WIDTH - MARGIN.right, at, '#ddd'));
    parts.push(text(MARGIN.left - 6, at + 4, label(tick), 'text-anchor="end"'));
  }
  const middle = (MARGIN.top + HEIGHT - MARGIN.bottom) / 2;
  parts.push(
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 10, xLabel, 'text-anchor="middle"'),
    text(14, middle, yLabel, `text-anchor="middle" transform="rotate(-90 14 ${middle})"`)
  );
  shown.forEach(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const places = points.map(([px, py]) => [round(x.place(px)), round(y.place(py))]);
    if (places.length > 0)
      parts.push(`<path d="${path(places, steps)}" fill="none" stroke="${colour}" stroke-width="1.8"/>`);
    if (!steps)
      parts.push(...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`));
    const top = MARGIN.top + 10 + index * 18;
    const left = WIDTH - MARGIN.right + 12;
    parts.push(line(left, top, left + 18, top, colour, 3), text(left + 24, top + 4, name));
  });
  return `${parts.join('\n')}\n</svg>\n`;
}

/** Where a value stands between two places, and which values are marked. */
export function axis(values, scale, start, end) {
  const log = scale === 'log';
  const found = values.length > 0 ? values : [1, 10];
  let [low, high] = [Math.min(...found), Math.max(...found)];
  if (log) [low, high] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  else low = Math.min(low, 0);
  if (high <= low) high = low + 1;
  const step = log ? Math.max(1, Math.ceil((high - low) / 8)) : niceStep((high - low) / 6);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step)
    ticks.push(log ? 10 ** tick : Number(tick.toPrecision(12)));
  const place = (value) => start + (((log ? Math.log10(value) : value) - low) / (high - low)) * (end - start);
  return { ticks, place };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
}

function path(places, steps) {
  // What lies within half a pixel of the one before is not seen.
  let last = [NaN, NaN];
  const seen = places.filter((place, index) => {
    const near = Math.abs(place[0] - last[0]) < 0.5 && Math.abs(place[1] - last[1]) < 0.5;
    if (near && index < places.length - 1) return false;
    last = place;
    return true;
  });
  return seen
    .map(([px, py], index) => {
      if (index === 0) return `M${px} ${py}`;
      return steps ? `H${px}V${py}` : `L${px} ${py}`;
    })
    .join('');
}

function line(x1, y1, x2, y2, colour, width = 1) {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="${width}"/>`;
}

function text(x, y, content, attributes = '') {
  const escaped = content.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function label(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3
    ? value.toExponential(0).replace('e+', 'e')
    : String(Number(value.toPrecision(3)));
}

function round(value) {
  return Math.round(value * 10) / 10;
}
