import { parseArgs } from 'node:util'

import { time } from '@likeness/service-kit/http'
import { z } from 'zod'

import { regenerationFilter } from './regeneration-schema.ts'

export const usage = `Renders pictures anew: those whose sizes the presets have left behind, or all of them. Uploads go first.

  npm run media:regenerate -- --stale [--tag <slug>] [--owner <id>] [--preset <name>]… [--created-before <time>] [--detach]
  npm run media:regenerate -- --watch <id>
  npm run media:regenerate -- --cancel <id>

  --stale                  what lacks a size, or has one by another definition than today's; the rule
  --all                    every size of every picture
  --tag <slug>             of media that carry this tag
  --owner <id>             of media of this owner
  --preset <name>          only sizes of this preset; may be repeated
  --created-before <time>  of media that were uploaded before, such as 2026-01-31 or 2026-01-31T12:00:00Z
  --detach                 only begins, and does not watch
  --watch <id>             watches one that was begun before
  --cancel <id>            cancels one; what is rendered stays

Ends with 0 when all is done, with 1 where something failed or was not understood. Ctrl-C ends the watching alone.
`

const id = z.uuid('must be the id of a regeneration')

const day = z.iso
  .date()
  .transform((given) => `${given}T00:00:00Z`)
  .pipe(time)

const dayOrTime = z.union([day, time], 'must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z')

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
  .refine(({ stale, all }) => !(stale && all), { path: ['all'], message: 'goes without --stale' })
  .refine(isOneThing, { path: ['watch'], message: 'and --cancel go alone' })

/** What the command is to do. */
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

/** Reads the command line. @returns what is wrong with it, a sentence each, where something is. */
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
    const parsed = optionsSchema.safeParse(parseArgs({ args, options, allowPositionals: false }).values)
    if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `--${String(path[0])} ${message}`)
    return commandOf(parsed.data)
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

/** Whoever names a regeneration to watch or to cancel orders no other. */
function isOneThing({ watch, cancel, help: _help, ...others }: Record<string, unknown>): boolean {
  if (watch === undefined && cancel === undefined) return true
  const isAlone = Object.values(others).every((value) => value === undefined || value === false)
  return isAlone && (watch === undefined || cancel === undefined)
}
