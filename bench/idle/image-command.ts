import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repository } from '../repository.ts'

/** The start of a deployable in its image. */
export interface ImageCommand {
  /** The arguments of node, relative to the root of the repository. */
  args: string[]
  /** The arguments of node for each command with which the build of the image fills the compile cache. */
  fills: string[][]
  /** The variables that the image sets. */
  environment: Record<string, string>
}

/** Variables that must not apply on this machine: folders of the image, and NODE_ENV, which rejects development secrets. */
const NOT_HERE = /^NODE_ENV$|_DIR$/

/** Reads the command and the environment of a deployable's image from its Dockerfile. */
export function readImageCommand(deployable: string): ImageCommand {
  const dockerfile = readFileSync(join(repository, deployable, 'Dockerfile'), 'utf8')
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(lastStage) ?? []
  const [program, ...args] = JSON.parse(command) as string[]
  if (program !== 'node') throw new Error(`The image of ${deployable} starts ${program ?? 'nothing'}`)
  const [, variables = ''] = /^ENV ((?:.*\\\n)*.*)$/m.exec(lastStage) ?? []
  const pairs = variables
    .split(/\s+\\?\s*/)
    .map((pair) => pair.split('='))
    .flatMap(([name = '', ...value]) => (name === '' || NOT_HERE.test(name) ? [] : [[name, value.join('=')] as const]))
  const fills = [...lastStage.matchAll(/^RUN (\["node", .*\])$/gm)].map(([, json = '[]']) =>
    (JSON.parse(json) as string[]).slice(1).map((argument) => argument.replaceAll('/app/', `${repository}/`)),
  )
  return { args, fills, environment: Object.fromEntries(pairs) }
}
