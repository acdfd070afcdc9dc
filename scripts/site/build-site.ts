import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { errorsPage, errorsStyle } from '@likeness/service-kit/http'

import { readErrorSections } from '../openapi/read-error-sections.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const here = import.meta.dirname

/** The files of Swagger UI that the API reference needs. */
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE']

/**
 * Writes the static pages of the origin: `/`, `/openapi.json`, `/docs/`, `/docs/errors/` and `/accept-invitation/`. The pages load files only from
 * their own origin, and have no inline scripts and styles.
 *
 * @param folder created if it does not exist; other files in it stay
 */
export async function buildSite(folder: string): Promise<void> {
  const docs = join(folder, 'docs')
  await mkdir(join(docs, 'errors'), { recursive: true })
  const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const document = JSON.parse(await readFile(join(repository, 'docs/openapi.json'), 'utf8')) as object
  // Without the spaces, which are a third of the file.
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document))
  await Promise.all(assets.map((name) => copyFile(join(swagger, name), join(docs, name))))
  for (const name of ['start.js', 'docs.css']) await copyFile(join(here, name), join(docs, name))
  await copyFile(join(here, 'docs.html'), join(docs, 'index.html'))
  await copyFile(join(here, 'site.css'), join(folder, 'site.css'))
  const invitation = join(folder, 'accept-invitation')
  await mkdir(invitation, { recursive: true })
  await copyFile(join(here, 'accept-invitation.html'), join(invitation, 'index.html'))
  await copyFile(join(here, 'accept-invitation.js'), join(invitation, 'accept-invitation.js'))
  await writeFile(join(docs, 'errors.css'), errorsStyle)
  await writeFile(
    join(docs, 'errors/index.html'),
    errorsPage('Likeness', await readErrorSections(), '/docs/errors.css'),
  )
  await writeFile(join(folder, 'index.html'), await startPage(folder))
}

/** The page for `GET /`. It lists the gallery only if the folder has it. */
async function startPage(folder: string): Promise<string> {
  const page = await readFile(join(here, 'index.html'), 'utf8')
  const hasGallery = await exists(join(folder, 'examples/gallery/index.html'))
  return hasGallery ? page : page.replace(/\n *<!-- gallery -->[^]*<!-- \/gallery -->/, '')
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
