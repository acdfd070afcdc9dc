/** The properties of a drawn test picture. */
export interface Drawing {
  width: number
  height: number
  /** 0 to 359. Pictures with different hues differ in every pixel. */
  hue: number
  /** Without the sky: the background behind the hills is transparent. */
  transparent?: boolean
  /** The position of the sun on its circle in degrees, for the frames of an animation. */
  turn?: number
}

/**
 * A landscape with a sun, hills, an arrow that points up and the word TOP, as SVG. The letters are strokes, not text,
 * because a machine can have no fonts.
 */
export function drawLandscape({ width, height, hue, transparent = false, turn = 0 }: Drawing): string {
  const colour = (shift: number, lightness: number) => `hsl(${(hue + shift) % 360} 70% ${lightness}%)`
  const angle = ((turn - 60) * Math.PI) / 180
  const sun = { x: 500 + 380 * Math.cos(angle), y: 260 + 150 * Math.sin(angle) }
  const sky = transparent ? '' : '<rect width="1000" height="750" fill="url(#sky)"/>'
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 1000 750" preserveAspectRatio="none">
  <defs>
    <linearGradient id="sky" x2="0" y2="1"><stop stop-color="${colour(0, 30)}"/><stop offset="1" stop-color="${colour(50, 80)}"/></linearGradient>
    <radialGradient id="sun"><stop stop-color="#fffbe0"/><stop offset=".6" stop-color="#ffd34d"/><stop offset="1" stop-color="#ff9f1c"/></radialGradient>
    <linearGradient id="near" x2="1" y2="1"><stop stop-color="${colour(120, 45)}"/><stop offset="1" stop-color="${colour(160, 18)}"/></linearGradient>
  </defs>
  ${sky}
  <circle cx="${sun.x.toFixed(1)}" cy="${sun.y.toFixed(1)}" r="85" fill="url(#sun)"/>
  <path d="M0 520 Q150 300 330 470 T640 440 T1000 500 V750 H0Z" fill="${colour(200, 40)}"/>
  <path d="M0 610 Q220 460 430 600 T800 570 T1000 620 V750 H0Z" fill="url(#near)"/>
  ${drawTrees(colour)}
  <path d="M500 90 L590 215 H535 V430 H465 V215 H410Z" fill="#fff" stroke="#222" stroke-width="8" stroke-linejoin="round"/>
  <g fill="none" stroke="#222" stroke-width="22" stroke-linecap="round" stroke-linejoin="round">
    <path d="M330 490 H430 M380 490 V610"/>
    <ellipse cx="500" cy="550" rx="46" ry="60"/>
    <path d="M580 610 V490 H625 Q665 490 665 523 T625 556 H580"/>
  </g>
</svg>`
}

/** Small sharp shapes, which a wrong resize would blur or shift. */
function drawTrees(colour: (shift: number, lightness: number) => string): string {
  return Array.from({ length: 40 }, (_, index) => {
    const x = (index * 137) % 1000
    const y = 640 + ((index * 53) % 100)
    const size = 14 + ((index * 29) % 18)
    return `<path d="M${x} ${y - size * 2} l${size} ${size * 2} h${-2 * size}Z" fill="${colour(90 + index * 3, 20 + (index % 5) * 6)}"/>`
  }).join('')
}
