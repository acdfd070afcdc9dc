import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { findChromium, sharedSystem, startService, type ServiceProcess } from '@likeness/test-kit'
import { chromium, type Browser, type Page } from 'playwright-core'

const admin = { email: 'admin@example.com', password: 'admin-password-change-me' }

let folder: string
let origin: string
let gateway: ServiceProcess
let browser: Browser
beforeAll(async () => {
  const system = await sharedSystem()
  folder = await mkdtemp(join(tmpdir(), 'likeness-site-'))
  const port = await findFreePort()
  origin = `http://127.0.0.1:${port}`
  await promisify(execFile)('npm', ['run', '--silent', 'build-site', '--', folder])
  gateway = await startService({
    folder: 'deploy/gateway',
    environment: {
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: String(port),
      AUTH_SERVICE_URL: system.authUrl,
      MAIN_SERVICE_URL: system.mainUrl,
      MEDIAS_SERVICE_URL: system.mediasUrl,
      SITE_DIR: folder,
    },
    readyUrl: `${origin}/readyz`,
  })
  browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
})
afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Opened {
  page: Page
  /** The hosts of all requests of the page. */
  hosts: Set<string>
  /** The directives of the content security policy that the page violates. */
  violations(): Promise<string[]>
}

/** Opens a path in a new window without stored data. */
async function open(path: string): Promise<Opened> {
  const page = await browser.newPage()
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).host || 'data'))
  await page.addInitScript({ content: recordViolations })
  await page.clock.install()
  await page.goto(`${origin}${path}`)
  return { page, hosts, violations: () => page.evaluate<string[]>('violations') }
}

const recordViolations = `
  globalThis.violations = []
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
`

const operation = (page: Page, id: string) => page.locator(`[id$="-${id}"].opblock`)

async function showOperation(page: Page, id: string): Promise<void> {
  await page.getByPlaceholder('Filter').fill(id)
  await operation(page, id).locator('.opblock-summary-control').click()
}

describe('The API reference', () => {
  let opened: Opened
  let page: Page
  beforeAll(async () => {
    opened = await open('/docs/')
    page = opened.page
    await page.locator('.opblock-tag').first().waitFor()
  })
  afterAll(() => page?.close())

  it('shows collapsed groups of operations, those for operators apart', async () => {
    expect(await page.locator('h2.group').allTextContents()).toEqual(['For applications', 'For operators'])
    expect(await page.locator('.opblock-tag').count()).toBeGreaterThan(15)
    expect(await page.locator('.opblock').count()).toBe(0)
  })

  it('filters operations by name, path and summary', async () => {
    await page.getByPlaceholder('Filter').fill('dead job')
    await operation(page, 'listDeadJobs').waitFor()

    expect(await page.locator('.opblock-tag').count()).toBe(1)
    expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(3)
  })

  it('shows samples of code with its own address, and a row for each error', async () => {
    await showOperation(page, 'listTags')
    const block = operation(page, 'listTags')
    await block.locator('.samples').waitFor()

    expect(await block.locator('.samples summary').allTextContents()).toEqual(['curl', 'TypeScript'])
    expect(await block.locator('.samples').textContent()).toContain(`${origin}/api/v1/tags`)
    const row = block.locator('tr.response', { hasText: 'too-many-requests' })
    expect(await row.locator('td').first().textContent()).toBe('429')
  })

  it('signs in with the form, and sends requests', async () => {
    await page.getByLabel('Email address').fill(admin.email)
    await page.getByLabel('Password').fill(admin.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(`Signed in as ${admin.email}.`).waitFor()

    expect(await statusOf(page, 'listMedia')).toBe('200')
  })

  it('fills in no optional header and no optional field, so that an upload of a file succeeds', async () => {
    await showOperation(page, 'uploadMedia')
    const block = operation(page, 'uploadMedia')
    await block.getByRole('button', { name: 'Try it out' }).click()
    expect(await block.getByPlaceholder('Idempotency-Key').inputValue()).toBe('')
    await block.locator('input[type=file]').setInputFiles('docs/first-picture.jpg')
    await block.getByRole('button', { name: 'Execute' }).click()
    const status = block.locator('.live-responses-table .response-col_status').last()
    await status.waitFor()
    expect((await status.textContent())?.trim().slice(0, 3)).toBe('201')
  })

  it('has loaded only from its own origin, and violated no content security policy', async () => {
    expect(await opened.violations()).toEqual([])
    expect([...opened.hosts].filter((host) => host !== 'data')).toEqual([new URL(origin).host])
  })

  it('signs in by itself in a development system, and renews its token before it expires', async () => {
    await writeFile(join(folder, 'docs/sign-in.json'), JSON.stringify(admin))
    const other = await open('/docs/')
    await other.page.getByText(`Signed in as ${admin.email}.`).waitFor()
    expect(await other.page.getByLabel('Password').isVisible()).toBe(false)

    const renewed = other.page.waitForResponse(`${origin}/api/v1/auth/refresh`)
    await other.page.clock.fastForward('14:30')
    expect((await renewed).status()).toBe(200)
    await rm(join(folder, 'docs/sign-in.json'))
    await other.page.close()
  })
})

/** Sends the request of an operation from the page. @returns the status that the page shows */
async function statusOf(page: Page, id: string): Promise<string> {
  await showOperation(page, id)
  const block = operation(page, id)
  await block.getByRole('button', { name: 'Try it out' }).click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const status = block.locator('.live-responses-table .response-col_status').last()
  await status.waitFor()
  return ((await status.textContent()) ?? '').trim().slice(0, 3)
}

describe('The other pages of the origin', () => {
  it.each(['/', '/docs/errors/#trashed'])('%s violates no content security policy', async (path) => {
    const { page, hosts, violations } = await open(path)

    expect(await page.locator('h1').textContent()).toContain(path === '/' ? 'Likeness' : 'Error codes')
    expect(await violations()).toEqual([])
    expect([...hosts]).toEqual([new URL(origin).host])
    await page.close()
  })

  it('the start page links to pages that exist', async () => {
    const { page } = await open('/')
    const links = await page.locator('a').evaluateAll((anchors) => anchors.map((anchor) => anchor.getAttribute('href')))

    expect(links).toEqual(['/docs/', '/docs/errors/', '/openapi.json'])
    for (const link of links) expect((await fetch(`${origin}${link}`)).status).toBe(200)
    await page.close()
  })

  it('the `type` of a problem leads to its code', async () => {
    const { page } = await open('/docs/errors#trashed')

    expect(await page.locator('section#trashed').textContent()).toContain('trash')
    await page.close()
  })
})
