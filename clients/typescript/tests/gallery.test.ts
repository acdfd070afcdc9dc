import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findFreePort } from '@likeness/local-servers'
import { findChromium, makeCameraPicture, sharedSystem, startService, type ServiceProcess } from '@likeness/test-kit'
import { chromium, type Browser, type Page } from 'playwright-core'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

describe('When somebody opens the example gallery', () => {
  let folder: string
  let gateway: ServiceProcess
  let browser: Browser
  let page: Page
  let url: string
  const faults: string[] = []

  beforeAll(async () => {
    const system = await sharedSystem()
    folder = await mkdtemp(join(tmpdir(), 'likeness-gallery-'))
    await promisify(execFile)('npm', ['run', '--silent', 'build-examples', '--', folder], { cwd: repository })
    const origin = `http://127.0.0.1:${await findFreePort()}`
    url = `${origin}/examples/gallery/`
    gateway = await startService({
      folder: 'deploy/gateway',
      environment: {
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        PORT: new URL(origin).port,
        MAIN_SERVICE_URL: system.mainUrl,
        AUTH_SERVICE_URL: system.authUrl,
        MEDIAS_SERVICE_URL: system.mediasUrl,
        SITE_DIR: folder,
      },
      readyUrl: `${origin}/readyz`,
    })
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 1200, height: 760 } })
    // On a busy machine a picture takes half a minute.
    page.setDefaultTimeout(100_000)
    page.on('pageerror', ({ message }) => faults.push(message))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    await page.goto(url)
  })
  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
    await rm(folder, { recursive: true })
  })

  it('then a wrong password is explained', async () => {
    await page.fill('[name=email]', `ada-${Date.now()}@example.com`)
    await page.fill('[name=password]', 'a long enough password')
    await page.click('button[value=login]')
    await page.waitForFunction(() => document.querySelector('#problem')?.textContent !== '')
    expect(await page.textContent('#problem')).toBe('The email address or the password is wrong.')
    // The browser reports the expected 401 on its console.
    expect(faults.splice(0)).toHaveLength(1)
  })

  it('then a registration shows the empty gallery', async () => {
    await page.click('button[value=register]')
    await page.waitForSelector('main:not([hidden])')
    expect(await page.textContent('#user')).toBe('Ada')
  })

  it('then ten pictures are uploaded with progress and shown', async () => {
    const files = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const { bytes } = await makeCameraPicture({ width: 400, height: 300, orientation: index % 2 === 0 ? 1 : 6 })
        return { name: `picture-${index}.jpg`, mimeType: 'image/jpeg', buffer: bytes }
      }),
    )
    await page.setInputFiles('#files', files)
    expect(await page.locator('.card').count()).toBe(10)
    await page.waitForSelector('.card progress', { state: 'attached' })
    await page.waitForFunction(() => {
      const images = [...document.querySelectorAll('img')]
      return images.length === 10 && images.every(({ currentSrc, complete }) => complete && /\.avif/.test(currentSrc))
    })
    const widths = await page.$$eval('img', (images) => images.map(({ naturalWidth }) => naturalWidth))
    expect(Math.min(...widths)).toBeGreaterThan(100)
    expect(await page.textContent('#problem')).toBe('')
  })

  it('then the gallery is there after a reload, and gone after a logout', async () => {
    await page.reload()
    await page.waitForFunction(() => document.querySelectorAll('.card img').length === 10)
    await page.click('#logout')
    await page.waitForSelector('#account:not([hidden])')
    expect(await page.locator('.card').count()).toBe(0)
    expect(faults).toEqual([])
  })
})
