import * as fs from 'node:fs'
import { join } from 'node:path'

import type { Attempts } from './probe-request.ts'
import { call, callWith, inThread } from './raw-calls.ts'

const { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fs.constants
/** Opens a folder, and creates a file without a name in it. */
export const O_TMPFILE = O_DIRECTORY | 0o20_000_000
const AT_FDCWD = -100
const [pipe, device] = [0o010_600, 0o020_600]

/** @param folder with the files `source` and `target`, and the folder `empty` */
export function attemptsToWrite(place: string, folder: string): Attempts {
  const [source, target, fresh] = [join(folder, 'source'), join(folder, 'target'), join(folder, 'fresh')]
  const attempts: Attempts = {
    'create a file': () => fs.writeFileSync(fresh, 'x', { flag: 'wx' }),
    'create a file in a new thread': () => inThread(`fs.writeFileSync('${fresh}', 'x')`),
    'create a file in a pool thread': () => fs.promises.writeFile(fresh, 'x'),
    'create a file with openat2': () => {
      const how = Buffer.from(BigUint64Array.of(BigInt(O_WRONLY | O_CREAT), 0o600n, 0n).buffer)
      callWith('openat2', ['int64', 'const char *', 'void *', 'int64'], AT_FDCWD, fresh, how, how.length)
    },
    'create a file without a name': () => fs.openSync(folder, O_RDWR | O_TMPFILE, 0o600),
    'overwrite a file': () => fs.writeFileSync(target, 'x'),
    'append to a file': () => fs.appendFileSync(target, 'x'),
    'open a file for reading and writing': () => fs.openSync(target, 'r+'),
    'empty a file that is opened for reading': () => fs.openSync(target, O_RDONLY | O_TRUNC),
    'truncate a file': () => callWith('truncate', ['const char *', 'int64'], target, 0),
    'copy a file': () => fs.copyFileSync(source, fresh),
    'rename a file': () => fs.renameSync(target, fresh),
    'rename over a file': () => fs.renameSync(source, target),
    'delete a file': () => fs.unlinkSync(target),
    'link a file': () => fs.linkSync(source, fresh),
    'link a file by a symbolic link': () => fs.symlinkSync(source, fresh),
    'make a folder': () => fs.mkdirSync(fresh),
    'remove a folder': () => fs.rmdirSync(join(folder, 'empty')),
    'make a pipe': () => callWith('mknodat', ['int64', 'const char *', 'int64', 'int64'], AT_FDCWD, fresh, pipe, 0),
    'make a device': () =>
      callWith('mknodat', ['int64', 'const char *', 'int64', 'int64'], AT_FDCWD, fresh, device, 0x103),
    'change permissions': () => fs.chmodSync(target, 0o777),
    'change permissions of an open file': () => fs.fchmodSync(fs.openSync(source, 'r'), 0o777),
    'change the owner': () => fs.chownSync(target, process.getuid?.() ?? 0, process.getgid?.() ?? 0),
    'change times': () => fs.utimesSync(target, 0, 0),
    'set an attribute': () => {
      const types = ['const char *', 'const char *', 'const char *', 'int64', 'int64']
      callWith('setxattr', types, target, 'user.probe', 'x', 1, 0)
    },
  }
  return Object.fromEntries(Object.entries(attempts).map(([name, work]) => [`${place}: ${name}`, work]))
}

const CLONE_NEWUSER = 0x1000_0000
const IPC_CREAT = 0o1_000
const TIOCSTI = 0x5412
const PR_SET_MM = 35
const ADDR_NO_RANDOMIZE = 0x0004_0000
const KEY_SESSION_KEYRING = -3

export const attemptsOnKernel: Attempts = {
  'watch files': () => call('inotify_init1'),
  'set up io_uring': () => call('io_uring_setup', 4),
  'load a BPF program': () => call('bpf', 5),
  'open performance events': () => call('perf_event_open'),
  'handle page faults': () => call('userfaultfd', 1),
  'read a key': () => call('keyctl', 0, KEY_SESSION_KEYRING),
  'add a key': () => call('add_key'),
  'enter a new namespace': () => call('unshare', CLONE_NEWUSER),
  'enter a namespace': () => call('setns'),
  mount: () => call('mount'),
  'open a tree of mounts': () => call('open_tree', AT_FDCWD),
  'change the root': () => callWith('chroot', ['const char *'], '/'),
  'turn off random addresses': () => call('personality', ADDR_NO_RANDOMIZE),
  'share memory': () => call('shmget', 0, 4_096, IPC_CREAT | 0o600),
  'open a message queue': () =>
    callWith('mq_open', ['const char *', 'int64', 'int64', 'int64'], 'probe', O_RDWR | O_CREAT, 0o600, 0),
  'open a message queue of System V': () => call('msgget', 0, IPC_CREAT | 0o600),
  'read the log of the kernel': () => call('syslog', 10),
  'type into a terminal': () => call('ioctl', 0, TIOCSTI),
  'change the memory map': () => call('prctl', PR_SET_MM),
}
