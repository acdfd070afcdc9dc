import { tmpdir } from 'node:os'

import { openSandbox } from '../src/sandbox/sandbox.ts'

/** The sandbox of render processes whose pictures are in temporary folders of tests. */
export const testSandbox = openSandbox({ readable: [tmpdir()] })
