import type { AnimationRow } from './animations.ts'
import { compareWithReference } from './compare.ts'
import { curves, REFERENCE } from './encodings.ts'
import type { Row } from './rows.ts'

type Metric = 'ssimulacra2' | 'butteraugli' | 'ssim'

/** Writes the results as tables in Markdown. */
export function reportOf({ rows, animations }: { rows: Row[]; animations: AnimationRow[] }): string {
  const widths = [...new Set(rows.map(({ width }) => width))]
  const sections = widths.flatMap((width) => {
    const ofWidth = rows.filter((row) => row.width === width)
    return [
      `## ${width} px wide, ${new Set(ofWidth.map(({ photo }) => photo)).size} photos`,
      `### At the likeness of ${REFERENCE.curve}, quality ${REFERENCE.quality}`,
      comparisons(ofWidth),
      '### Every way and quality',
      everything(ofWidth),
    ]
  })
  return [
    '# Formats, qualities and efforts',
    'Made by `npm run bench:formats`; see [the other measurements](../README.md) for how. Medians over the photos (10th–90th percentile). CPU is milliseconds of one encode from pixels, one thread.',
    ...sections,
    '## WebP that moves',
    moving(animations),
  ]
    .join('\n\n')
    .concat('\n')
}

function comparisons(rows: Row[]): string {
  const lines = curves.map(({ name }) => {
    const by = (metric: Metric) => compareWithReference(rows, name, metric)
    const { bytes, cpu, quality, rate } = by('ssimulacra2')
    const others = (['butteraugli', 'ssim'] as const).map((metric) => tell(by(metric).bytes, 2))
    return [name, String(bytes.length), tell(bytes, 2), tell(cpu, 2), tell(quality), tell(rate, 2), ...others]
  })
  return table(
    [
      '',
      'photos',
      'bytes ×',
      'CPU ×',
      'at quality',
      'bytes × over the common range',
      'bytes × by butteraugli',
      'by SSIM',
    ],
    lines,
  )
}

function everything(rows: Row[]): string {
  const lines = curves.flatMap(({ name, qualities }) =>
    qualities.map((quality) => {
      const these = rows.filter((row) => row.curve === name && row.quality === quality)
      const values = (column: keyof Row) => these.flatMap((row) => (row[column] === null ? [] : [Number(row[column])]))
      return [
        name,
        String(quality),
        tell(
          values('bytes').map((bytes) => bytes / 1_000),
          1,
        ),
        tell(values('cpuMs'), 1),
        tell(values('ssimulacra2'), 1),
        tell(values('butteraugli'), 2),
        tell(values('ssim'), 4),
      ]
    }),
  )
  return table(['', 'quality', 'KB', 'CPU ms', 'SSIMULACRA2', 'butteraugli', 'SSIM'], lines)
}

function moving(rows: AnimationRow[]): string {
  const of = (quality: number, effort: number) => rows.filter((row) => row.quality === quality && row.effort === effort)
  const names = [...new Set(rows.map(({ quality, effort }) => `${quality} ${effort}`))]
  return table(
    ['quality', 'effort', 'bytes × the GIF’s', 'CPU ms a frame', 'SSIMULACRA2'],
    names.map((name) => {
      const [quality = 0, effort = 0] = name.split(' ').map(Number)
      const these = of(quality, effort)
      return [
        String(quality),
        String(effort),
        tell(
          these.map(({ bytes, gifBytes }) => bytes / gifBytes),
          3,
        ),
        tell(
          these.map(({ cpuMsPerFrame }) => cpuMsPerFrame),
          1,
        ),
        tell(
          these.flatMap(({ ssimulacra2 }) => ssimulacra2 ?? []),
          1,
        ),
      ]
    }),
  )
}

function table(head: string[], lines: string[][]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function tell(values: number[], digits = 0): string {
  if (values.length === 0) return '–'
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN).toFixed(digits)
  return `${at(0.5)} (${at(0.1)}–${at(0.9)})`
}
