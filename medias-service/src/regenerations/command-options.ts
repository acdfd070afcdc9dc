import { parseArgs } from 'node:util'

import { time } from '@likeness/internal-api'
import { validate } from '@likeness/service-kit/process'
import { z } from 'zod'

import { regenerationFilter } from './regeneration-schema.ts'

export const usage = `Starts a regeneration, which renders pictures again, and shows its progress. Uploads have priority.

  npm run media:regenerate -- [--stale | --all] [--tag <slug>] [--owner <id>] [--preset <name>]… [--created-before <time>] [--detach]
  npm run media:regenerate -- --watch <id>
  npm run media:regenerate -- --cancel <id>

  --stale                  render missing and stale sizes (default)
  --all                    render every size, even if it is up to date
  --tag <slug>             only media with this tag
  --owner <id>             only media of this user
  --preset <name>          only sizes of this preset; can be repeated
  --created-before <time>  only media uploaded before this time, such as 2026-01-31 or 2026-01-31T12:00:00Z
  --detach                 start the regeneration and exit, without showing its progress
  --watch <id>             show the progress of a regeneration
  --cancel <id>            cancel a regeneration; sizes that are already rendered stay
  --help                   show this help

Exit codes: 0 if everything was rendered; 1 if a picture failed, the regeneration was cancelled, or an option is wrong;
130 after Ctrl-C. Ctrl-C only stops the display: the regeneration continues.
`

const id = z.uuid('must be the id of a regeneration')

const day = z.iso
  .date()
  .transform((given) => `${given}T00:00:00Z`)
  .pipe(time)

const dayOrTime = z.union(
  [day, time],
  'must be a date such as 2026-01-31, or a date and time such as 2026-01-31T12:00:00Z',
)

const filter = regenerationFilter.shape

const optionsSchema = z
  .object({
    stale: z.boolean().default(false),
    all: z.boolean().default(false),
    tag: filter.tag,
    owner: filter.owner,
    preset: filter.presets,
    'created-before': dayOrTime.optional(),
    detach: z.boolean().default(false),
    watch: id.optional(),
    cancel: id.optional(),
    help: z.boolean().default(false),
  })
  .refine(({ stale, all }) => !(stale && all), { path: ['all'], message: 'cannot be combined with --stale' })
  .refine(isExclusive, { path: ['watch'], message: 'and --cancel cannot be combined with other options' })

/** The parsed command. */
export type Command =
  | { does: 'help' }
  | { does: 'watch'; id: string }
  | { does: 'cancel'; id: string }
  | {
      does: 'begin'
      only: 'stale' | 'all'
      filter: z.output<typeof regenerationFilter>
      detach: boolean
    }

/** Parses the command line. @returns the command, or one sentence for each error */
export function readCommand(args: string[]): Command | string[] {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    stale: flag,
    all: flag,
    tag: text,
    owner: text,
    preset: { ...text, multiple: true },
    'created-before': text,
    detach: flag,
    watch: text,
    cancel: text,
    help: flag,
  }
  try {
    const validated = validate(optionsSchema, parseArgs({ args, options, allowPositionals: false }).values)
    if (!validated.success) return validated.faults.map(({ path, message }) => `--${String(path[0])} ${message}`)
    return commandOf(validated.data)
  } catch (error) {
    return [(error as Error).message]
  }
}

type Options = z.output<typeof optionsSchema>

function commandOf(options: Options): Command {
  const { tag, owner, preset: presets, 'created-before': createdBefore, detach, watch, cancel } = options
  if (options.help) return { does: 'help' }
  if (watch !== undefined) return { does: 'watch', id: watch }
  if (cancel !== undefined) return { does: 'cancel', id: cancel }
  const given = Object.entries({ tag, owner, presets, createdBefore }).filter(([, value]) => value !== undefined)
  return { does: 'begin', only: options.all ? 'all' : 'stale', filter: Object.fromEntries(given), detach }
}

/** `--watch` and `--cancel` exclude each other and every other option. */
function isExclusive({ watch, cancel, help: _help, ...others }: Record<string, unknown>): boolean {
  if (watch === undefined && cancel === undefined) return true
  const isAlone = Object.values(others).every((value) => value === undefined || value === false)
  return isAlone && (watch === undefined || cancel === undefined)
}
