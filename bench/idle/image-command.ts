import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { repository } from '../repository.ts'

/** How an image starts its deployable. */
export interface ImageCommand {
  /** Arguments of node, from the root of the repository. */
  args: string[]
  /** Commands that the build of the image runs to fill the compile cache: arguments of node each. */
  fills: string[][]
  /** The variables that the image sets. */
  environment: Record<string, string>
}

/** Variables of an image that do not fit this machine: folders of the image, and production's refusal of known secrets. */
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
