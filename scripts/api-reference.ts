import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { addExamples } from './openapi/examples.ts'
import type { Exchanges } from './openapi/exchange.ts'
import { mergeDocuments } from './openapi/merge-documents.ts'
import { readDocuments } from './openapi/read-documents.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const file = 'docs/openapi.json'

/**
 * Writes docs/openapi.json, the API of all services behind one origin. With `--check` it writes nothing: it reports a
 * difference, and exits with 1.
 */
async function main(): Promise<void> {
  const documents = (await readDocuments()).map(({ document }) => document)
  const examples = JSON.parse(await readFile(join(repository, 'docs/examples.json'), 'utf8')) as Exchanges
  const described = addExamples(mergeDocuments(documents, info), examples)
  const wanted = `${JSON.stringify(described, null, 2)}\n`
  const path = join(repository, file)
  if ((await readFile(path, 'utf8').catch(() => '')) === wanted) return
  const isCheck = process.argv.includes('--check')
  if (!isCheck) await writeFile(path, wanted)
  else process.exitCode = 1
  console.log(isCheck ? `${file} is out of date. Run npm run api-reference.` : `Wrote ${file}.`)
}

const info = {
  title: 'Likeness',
  version: '0.1.0',
  description: [
    'The API of a self-hosted backend for users and their pictures.',
    '**Authentication.** Send `Authorization: Bearer`, followed by the access token of a session (`POST /auth/login`) or by an API key (`POST /api-keys`). An access token is valid for 15 minutes; `POST /auth/refresh` returns the next one.',
    '**Errors.** An error response is `application/problem+json` (RFC 9457) with a stable `code`. Each operation lists the codes that it can return, by status. The page of [error codes](/docs/errors) explains each code.',
    '**Lists.** A list returns one page: `data`, and `page.next`, the cursor of the next page, which is null on the last page. Send the cursor in `after`.',
    '**Unknown fields.** An unknown field in a body, or an unknown query parameter, is an error: 422 `invalid-request`.',
    '**Repeated requests.** A `POST` that creates something accepts `Idempotency-Key`: repeating the request with the same key does not execute it again. After 429 and 503, wait for the number of seconds in `Retry-After`.',
    '**Concurrent changes.** Responses have an `ETag`. Send it in `If-Match` to change a resource only if nobody else has changed it since.',
  ].join('\n\n'),
  license: { name: 'MIT', identifier: 'MIT' },
}

await main()
// The contexts may have begun to open connections, which would keep this process alive.
process.exit()
