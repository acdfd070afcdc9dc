import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { PictureRequest } from '../../src/picture/rendered-picture.ts'
import type { RenderAnswer } from '../../src/render/render-child.ts'
import { attemptsOnKernel, attemptsToWrite, O_TMPFILE } from './attempts-on-files.ts'
import { attemptsOnNetwork } from './attempts-on-network.ts'
import { attemptsOnOthers, attemptsOnParent, attemptsOnPrograms } from './attempts-on-processes.ts'
import type { Attempts, ProbeRequest, ProbeResults } from './probe-request.ts'
import { callNumber, inThread } from './raw-calls.ts'

/**
 * A program in place of the render process. It tries what a picture could make a render process do, if it took control of a
 * decoder. Its answer to a picture are the results. The path of the picture is a ProbeRequest in JSON.
 */

function listAttempts(request: ProbeRequest): Attempts {
  const { readable, unreadable, secrets, neighbour } = request
  const otherFolders = {
    'its own folder': import.meta.dirname,
    'shared memory': '/dev/shm',
    'a temporary folder': '/tmp',
  }
  return {
    ...Object.fromEntries(secrets.map((path) => [`read ${path}`, () => fs.readFileSync(path)])),
    'list a folder': () => fs.readdirSync(unreadable),
    ...attemptsOnParent(process.ppid),
    ...attemptsOnOthers(neighbour),
    ...attemptsOnPrograms,
    ...attemptsOnNetwork(request),
    ...attemptsToWrite('sources', readable),
    ...attemptsToWrite('elsewhere', unreadable),
    ...Object.fromEntries(
      Object.entries({ ...otherFolders, 'its temporary folder': tmpdir() }).map(([name, folder]) => [
        `create a file in ${name}`,
        () => fs.writeFileSync(join(folder, `probe-${process.pid}`), 'x'),
      ]),
    ),
    "change the kernel's choice when memory is short": () => fs.writeFileSync('/proc/self/oom_score_adj', '0'),
    ...attemptsOnKernel,
    // x32, a third set of numbers on x64.
    'call with another set of numbers': () => callNumber(0x4000_0027),
    'call with a number of a future kernel': () => callNumber(600),
    ...whatRenderingNeeds(readable),
  }
}

function whatRenderingNeeds(readable: string): Attempts {
  return {
    'read a source': () => fs.readFileSync(join(readable, 'source')),
    'read its own memory map': () => fs.readFileSync('/proc/self/maps'),
    'signal itself': () => process.kill(process.pid, 0),
    'start a thread': () => inThread(''),
    'create a temporary file without a name': () => {
      const file = fs.openSync(tmpdir(), fs.constants.O_RDWR | O_TMPFILE, 0o600)
      fs.writeSync(file, 'pixels')
      fs.ftruncateSync(file, 3)
      fs.closeSync(file)
    },
  }
}

async function attempt(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    const { code, info } = error as { code?: string; info?: { code: string } }
    const found = info?.code ?? code ?? String(error)
    return ['EPERM', 'EACCES', 'ENOSYS'].includes(found) ? 'denied' : found
  }
}

async function probe(request: ProbeRequest): Promise<ProbeResults> {
  const variables = await inThread('return Object.keys(process.env).sort().join(" ")')
  const results: ProbeResults = { variables: String(variables), 'open files': describeOpenFiles() }
  for (const [name, work] of Object.entries(listAttempts(request)))
    if (request.only?.includes(name) ?? true) results[name] = await attempt(work)
  return results
}

/** The open files that could be inherited. Node itself opens pipes and events. */
function describeOpenFiles(): string {
  const descriptors = Array.from({ length: 1_024 }, (_, descriptor) => descriptor)
  return descriptors.flatMap((descriptor) => kindOf(descriptor) ?? []).join(' ')
}

function kindOf(descriptor: number): string | null {
  try {
    const found = fs.fstatSync(descriptor)
    if (found.isSocket()) return 'socket'
    return found.isFile() || found.isDirectory() ? 'file' : null
  } catch {
    return null
  }
}

function send(answer: RenderAnswer): void {
  process.send?.(answer)
}

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// An attempt that fails can report it twice.
process.on('uncaughtException', () => undefined)
process.on('message', ({ path }: PictureRequest) => {
  void probe(JSON.parse(path) as ProbeRequest).then((results) =>
    send({ kind: 'refused', code: 'not-an-image', reason: JSON.stringify(results) }),
  )
})
send({ kind: 'ready' })
