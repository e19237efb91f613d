// What a cheap camera makes of a code on a screen: small, out of focus, held askew, with a lamp in the glass and a grainy
// picture. The same seed always gives the same picture.

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is wrong with the picture, one after the other and all at once. `side` pixels are the code and its quiet zone. */
export const SIGHTS = {
  plain: {},
  blur: { blur: 0.9 },
  skew: { turn: 12, tilt: 0.1 },
  glare: { glare: 0.85, shade: 0.35 },
  noise: { noise: 14, contrast: 0.6 },
  all: { blur: 0.7, turn: 8, tilt: 0.06, glare: 0.6, shade: 0.25, noise: 6, contrast: 0.75 },
};

/**
 * The grey picture of a code, a byte a pixel. `code` is `{size, dark}`: modules a side with no quiet zone, and whether the
 * one at x, y is dark.
 */
export function picture(code, sight, { seed = 1, side = 300, width = 640, height = 480 } = {}) {
  const draw = numbers(seed);
  const between = (limit) => (draw() * 2 - 1) * limit;
  const { turn = 0, tilt = 0, blur = 0, glare = 0, shade = 0, noise = 0, contrast = 1 } = sight;
  const place = plane({
    side,
    turn: (between(turn) * Math.PI) / 180,
    tilt: [between(tilt), between(tilt)],
    at: [width / 2 + between((width - side) / 4), height / 2 + between((height - side) / 6)],
  });
  let light = sampled(code, place, width, height);
  if (blur > 0) light = blurred(light, width, height, blur);
  const [lampX, lampY] = [width / 2 + between(side / 3), height / 2 + between(side / 3)];
  const dim = draw() * 2 * Math.PI;
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Away from the window it is darker; the lamp adds its light over dark and bright alike.
      const far = ((x / width - 0.5) * Math.cos(dim) + (y / height - 0.5) * Math.sin(dim)) * 2 * shade;
      const lamp = glare * Math.exp(-((x - lampX) ** 2 + (y - lampY) ** 2) / (2 * (side / 7) ** 2));
      const seen = 128 + (light[y * width + x] * 220 + 15 - 128) * contrast;
      const value = seen * (1 - Math.max(0, far)) * (1 - lamp) + 250 * lamp + gauss(draw) * noise;
      grey[y * width + x] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  return { width, height, grey };
}

function gauss(draw) {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** From a pixel to the place on the code, as parts of its side from -0.5 to 0.5. */
function plane({ side, turn, tilt: [tiltX, tiltY], at: [left, top] }) {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return (x, y) => {
    const [dx, dy] = [(x - left) / side, (y - top) / side];
    const [u, v] = [dx * cos + dy * sin, dy * cos - dx * sin];
    // A plane tilted away: what is farther is smaller.
    const depth = 1 - 2 * (tiltX * u + tiltY * v);
    return [u / depth, v / depth];
  };
}

/** Light of each pixel, from 0 to 1, as the mean of nine points in it. Around the code the screen is white, then dark. */
function sampled({ size, dark }, place, width, height) {
  const light = new Float32Array(width * height);
  const whole = size + 8;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let part = 0; part < 9; part++) {
        const [u, v] = place(x + (part % 3) / 3 + 1 / 6, y + Math.floor(part / 3) / 3 + 1 / 6);
        const [column, row] = [Math.floor((u + 0.5) * whole) - 4, Math.floor((v + 0.5) * whole) - 4];
        const inside = column >= 0 && row >= 0 && column < size && row < size;
        const around = Math.abs(u) < 0.62 && Math.abs(v) < 0.72;
        sum += inside ? (dark(column, row) ? 0 : 1) : around ? 1 : 0.25;
      }
      light[y * width + x] = sum / 9;
    }
  }
  return light;
}

/** Gaussian blur of this many pixels. */
function blurred(light, width, height, sigma) {
  const reach = Math.ceil(sigma * 3);
  const weights = Array.from({ length: reach * 2 + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pass = (from, step, length, others, stride) => {
    const to = new Float32Array(from.length);
    for (let other = 0; other < others; other++) {
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let part = -reach; part <= reach; part++) {
          const place = Math.max(0, Math.min(length - 1, at + part));
          sum += from[other * stride + place * step] * weights[part + reach];
        }
        to[other * stride + at * step] = sum / total;
      }
    }
    return to;
  };
  return pass(pass(light, 1, width, height, width), width, height, width, 1);
}
