import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ErrorEntry, ErrorSection } from '@likeness/service-kit/http'

import { readErrorSections } from './openapi/read-error-sections.ts'

const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const file = 'docs/errors.md'

/**
 * Writes docs/errors.md from the problems and guides of every service. With `--check` it writes nothing: it reports a
 * difference, and exits 1.
 */
async function main(): Promise<void> {
  const wanted = drawErrors(await readErrorSections())
  const path = join(repository, file)
  if ((await readFile(path, 'utf8').catch(() => '')) === wanted) return
  const isCheck = process.argv.includes('--check')
  if (!isCheck) await writeFile(path, wanted)
  else process.exitCode = 1
  console.log(isCheck ? `${file} differs from the problems: run npm run errors` : `${file} is written`)
}

const drawErrors = (sections: ErrorSection[]) => `${head}${sections.map(drawSection).join('')}`

const head = `# Error codes

<!-- Written by npm run errors. Do not edit. -->

Every error is a JSON body of the type \`application/problem+json\` (RFC 9457):

\`\`\`json
{
  "type": "/docs/errors#invalid-request",
  "title": "Unprocessable Entity",
  "status": 422,
  "detail": "Some fields are not valid. \`errors\` lists them.",
  "instance": "/api/v1/auth/register",
  "code": "invalid-request",
  "errors": [{ "path": "body.email", "message": "must be an email address" }],
  "requestId": "0198c2f1-7c1e-7d3a-9c55-2f6f0f8f5a10"
}
\`\`\`

- \`code\` is stable. Check it in your program, not \`detail\`.
- \`type\` is a URL relative to the service that returned the error. The page at this URL has the same explanation as this page.
- \`detail\` is a sentence for people. On this page, \`…\` stands for a value in this sentence.
- \`requestId\` is also in the log lines of every service that handled the request. Include the id when you report an error.
- If the response has the header \`Retry-After\`, repeat the request after that number of seconds. If it does not have this header, correct the cause before you repeat the request.
`

const drawSection = ({ title, introduction, entries }: ErrorSection) =>
  `\n## ${title}\n\n${introduction}\n\n${entries.map(drawEntry).join('\n')}`

function drawEntry({ code, statuses, meaning, cause, action }: ErrorEntry): string {
  const status = statuses.length > 0 ? `Status ${statuses.join(' or ')}. ` : ''
  return `### ${code}\n\n${status}${meaning}\n\n- Cause: ${cause}\n- What to do: ${action}\n`
}

await main()
