import { expect, it } from '@jest/globals'
import { Problem } from '@likeness/service-kit'
import fc from 'fast-check'

import { identifyFile } from './identify-file.ts'

const limits = { MAX_MEGAPIXELS: 100, MAX_SIDE: 20_000, ATTACHMENT_TYPES: [] }
const received = (head: Buffer) => ({
  fieldname: 'file',
  originalname: 'x',
  key: 'incoming/x',
  sha256: '',
  bytes: head.length,
  head,
})

/** How files begin whose type is known, so that readers are led deep into bytes that make no sense. */
const beginnings = [
  'ffd8ffe000104a46494600',
  'ffd8ffe1ffff457869660000',
  '89504e470d0a1a0a0000000d49484452',
  '474946383961',
  '52494646ffffffff57454250565038',
  '00000018667479706176696600000000',
  '00000018667479706865696300000000',
  '49492a0008000000',
  '4d4d002a00000008',
  '3c73766720',
  '504b0304',
  '494433',
  '1a45dfa3',
].map((hex) => Buffer.from(hex, 'hex'))

it('answers any bytes with what they are, or with a problem', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(Buffer.alloc(0), ...beginnings),
      fc.uint8Array({ maxLength: 400 }),
      async (beginning, rest) => {
        const outcome = await identifyFile(received(Buffer.concat([beginning, rest])), limits).catch(
          (error: unknown) => error,
        )
        if (!(outcome instanceof Problem)) expect(outcome).toMatchObject({ kind: 'image' })
      },
    ),
    { numRuns: 1_000 },
  )
})
