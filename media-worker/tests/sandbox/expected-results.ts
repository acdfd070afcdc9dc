import type { ProbeResults } from './probe-request.ts'

/** The attempts that are not denied in the sandbox, with their results. */
export const notDeniedInSandbox: ProbeResults = {
  // The C library's resolver, and Node's own, report that they reached no server.
  'look up a name': 'EAI_AGAIN',
  'ask a name server': 'ECONNREFUSED',
  // Node accepts this error, because the folder of its compile cache exists.
  'sources: make a folder': 'EEXIST',
  'elsewhere: make a folder': 'EEXIST',
  'read a source': 'done',
  'read its own memory map': 'done',
  'signal itself': 'done',
  'start a thread': 'done',
  'create a temporary file without a name': 'done',
  // The standard error and the IPC channel.
  'open files': 'socket socket',
  variables: 'MALLOC_ARENA_MAX TMPDIR UV_THREADPOOL_SIZE VIPS_CONCURRENCY',
}

export function notDenied(results: ProbeResults): ProbeResults {
  return Object.fromEntries(Object.entries(results).filter(([, result]) => result !== 'denied'))
}
