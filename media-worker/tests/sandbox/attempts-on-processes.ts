import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { setPriority } from 'node:os'

import type { Attempts } from './probe-request.ts'
import { call, callWith, inThread } from './raw-calls.ts'

/** Signal 0 only asks for the permission to send a signal, so that a fault of the sandbox ends no other process. */
const ANY_SIGNAL = 0

const F_SETOWN = 8
const PTRACE_ATTACH = 16
const PR_SET_PDEATHSIG = 1
const SCHED_IDLE = 5
const SIGCHLD = 17
/** CLONE_NEWUSER, CLONE_THREAD, CLONE_SIGHAND and CLONE_VM. */
const THREAD_IN_NEW_NAMESPACE = 0x1001_0900
const AT_EMPTY_PATH = 0x1000

export function attemptsOnParent(parent: number): Attempts {
  const of = (file: string): string => `/proc/${parent}/${file}`
  const files = ['environ', 'mem', 'maps', 'cmdline', 'status', 'stat', 'auxv', 'smaps', 'stack', 'syscall', 'io']
  return {
    ...Object.fromEntries(files.map((file) => [`read the parent's ${file}`, () => fs.readFileSync(of(file))])),
    "list the parent's files": () => fs.readdirSync(of('fd')),
    "list the parent's threads": () => fs.readdirSync(of('task')),
    "read the environment of the parent's thread": () => fs.readFileSync(of(`task/${parent}/environ`)),
    "follow the parent's executable": () => fs.readlinkSync(of('exe')),
    "follow the parent's folder": () => fs.readlinkSync(of('cwd')),
    "read a file of the parent's root": () => fs.readFileSync(of('root/etc/passwd')),
    "read the parent's environment in a pool thread": () => fs.promises.readFile(of('environ')),
    "read the parent's environment in a new thread": () => inThread(`fs.readFileSync('${of('environ')}')`),
    "read the parent's memory with process_vm_readv": () => call('process_vm_readv', parent),
    "write the parent's memory with process_vm_writev": () => call('process_vm_writev', parent),
    'trace the parent': () => call('ptrace', PTRACE_ATTACH, parent),
    'open the parent': () => call('pidfd_open', parent),
    'compare files with the parent': () => call('kcmp', parent, process.pid),
    'signal the parent': () => process.kill(parent, ANY_SIGNAL),
    'signal the process group': () => process.kill(0, ANY_SIGNAL),
    'signal every process': () => process.kill(-1, ANY_SIGNAL),
    'signal the group of the parent': () => process.kill(-parent, ANY_SIGNAL),
    'signal a thread of the parent': () => call('tgkill', parent, parent, ANY_SIGNAL),
    'signal a thread with tkill': () => call('tkill', parent, ANY_SIGNAL),
    'queue a signal for the parent': () => call('rt_sigqueueinfo', parent, ANY_SIGNAL),
    'direct the signals of the IPC channel to the parent': () => call('fcntl', 3, F_SETOWN, parent),
    // Without a new limit; the filter denies the call in any case.
    "change the parent's limits": () => call('prlimit64', parent),
    'lower the priority of the parent': () => setPriority(parent, 19),
    "change the parent's cores": () => call('sched_setaffinity', parent, 8),
    "change the parent's scheduler": () => call('sched_setscheduler', parent, SCHED_IDLE),
    'survive the parent': () => call('prctl', PR_SET_PDEATHSIG),
  }
}

export function attemptsOnOthers(neighbour: number): Attempts {
  return {
    "read a neighbour's environment": () => fs.readFileSync(`/proc/${neighbour}/environ`),
    "read a neighbour's memory": () => fs.readFileSync(`/proc/${neighbour}/mem`),
    "read a neighbour's command": () => fs.readFileSync(`/proc/${neighbour}/cmdline`),
    'signal a neighbour': () => process.kill(neighbour, ANY_SIGNAL),
    'trace a neighbour': () => call('ptrace', PTRACE_ATTACH, neighbour),
    'list the processes': () => fs.readdirSync('/proc'),
  }
}

export const attemptsOnPrograms: Attempts = {
  'run a program': () => failIfNotStarted(spawnSync('/bin/true')),
  'run Node': () => failIfNotStarted(spawnSync(process.execPath, ['--version'])),
  'run Node in a new thread': () =>
    inThread(`const { error } = require('node:child_process').spawnSync(process.execPath, ['--version'])
      if (error) throw error`),
  fork: () => call('fork'),
  vfork: () => call('vfork'),
  'clone a process': () => call('clone', SIGCHLD),
  'clone a thread in a new namespace': () => call('clone', THREAD_IN_NEW_NAMESPACE),
  'clone with clone3': () => call('clone3', 0, 88),
  'execute Node': () => {
    const types = ['const char *', 'const char **', 'const char **', 'int64', 'int64', 'int64']
    callWith('execve', types, process.execPath, [process.execPath, '--version', null], [null], 0, 0, 0)
  },
  'execute an open file': () => call('execveat', 0, 0, 0, 0, AT_EMPTY_PATH),
  'start a session': () => call('setsid'),
}

function failIfNotStarted({ error }: { error?: Error | undefined }): void {
  if (error) throw error
}
