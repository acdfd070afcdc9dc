import { presetsSchema } from '@likeness/media-jobs'
import { openMediasdb, readFleet } from '@likeness/mediasdb'
import { runCommand, type Logger } from '@likeness/service-kit/process'

import { environmentSchema, type Environment } from '../env.ts'
import { readPresetsFile } from '../presets/presets-file.ts'
import { createPresetsInForce } from '../presets/presets-in-force.ts'
import { cancelRegeneration } from './cancel-regeneration.ts'
import { readCommand, usage, type Command } from './command-options.ts'
import { createRegeneration } from './create-regeneration.ts'
import { openProgressDisplay } from './progress-display.ts'
import { unknownPresets } from './unknown-presets.ts'
import { watchRegeneration } from './watch-regeneration.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

/** The part of the service's context that the use cases of this command need. */
async function openContext(environment: Environment, logger: Logger) {
  const mediasdb = openMediasdb(environment.MEDIASDB_URL, {
    applicationName: 'media-regenerate',
    poolSize: 2,
    role: 'medias_service',
  })
  const stored = presetsSchema.safeParse((await readFleet(mediasdb)).presets)
  const presets = createPresetsInForce(stored.success ? stored.data : readPresetsFile(environment.PRESETS_FILE))
  return { mediasdb, presets, logger }
}

type CommandContext = Awaited<ReturnType<typeof openContext>>

/** @returns the id of the regeneration; undefined after an error in the options, which is printed */
async function begin(
  context: CommandContext,
  { only, filter }: Extract<Command, { does: 'begin' }>,
): Promise<string | undefined> {
  const unknown = unknownPresets(context.presets, filter)
  if (unknown.length > 0) {
    const names = context.presets.current().map(({ name }) => name)
    process.stderr.write(`--preset must be one of ${names.join(', ')}\n`)
    return undefined
  }
  const { id, total, isCounted } = await createRegeneration(context, { only, filter, createdBy: null })
  print(`Regeneration ${id}: ${total}${isCounted ? '' : ' or more'} versions to render.`)
  return id
}

function watch({ mediasdb }: CommandContext, id: string): Promise<number> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  return watchRegeneration(mediasdb, id, openProgressDisplay(process.stdout), interrupted.signal)
}

await runCommand({
  name: 'media:regenerate',
  environment: environmentSchema,
  async run(environment, logger) {
    const command = readCommand(process.argv.slice(2))
    if (Array.isArray(command)) {
      process.stderr.write(`${command.join('\n')}\n\n${usage}`)
      return 1
    }
    if (command.does === 'help') {
      process.stdout.write(usage)
      return 0
    }
    const context = await openContext(environment, logger)
    if (command.does === 'cancel') {
      await cancelRegeneration(context, command.id)
      print(`Regeneration ${command.id} is cancelled. Sizes that are already rendered stay.`)
      return 0
    }
    if (command.does === 'watch') return watch(context, command.id)
    const id = await begin(context, command)
    if (id === undefined) return 1
    return command.detach ? 0 : watch(context, id)
  },
})
