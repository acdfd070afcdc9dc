import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { makeCameraPicture, sharedSystem } from '@likeness/test-kit'
import type { Page } from 'playwright-core'

import { startBrowser, type TestBrowser } from './browser.ts'

describe('When a page uses the client', () => {
  let browser: TestBrowser
  let page: Page
  let picture: string

  beforeAll(async () => {
    const system = await sharedSystem()
    browser = await startBrowser(system.gatewayUrl)
    page = await (await browser.openWindow()).openTab()
    picture = (await makeCameraPicture({ width: 400, height: 300, orientation: 6 })).bytes.toString('base64')
    await page.evaluate(async (base64) => {
      const email = `ada-${crypto.getRandomValues(new Uint32Array(2)).join('')}@example.com`
      await window.sdk.auth.register({ email, password: 'a long enough password', name: 'Ada' })
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      window.file = new File([bytes], 'beach.jpg', { type: 'image/jpeg' })
    }, picture)
  })
  afterAll(() => browser?.close())

  it('then an upload reports how many bytes were sent', async () => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Network.enable')
    const slowly = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 }
    await devtools.send('Network.emulateNetworkConditions', slowly)
    const { media, ratios } = await page.evaluate(async () => {
      const reported: number[] = []
      // A JPEG can have any bytes after its end, so the file can be large enough for several reports.
      const large = new File([window.file, new Uint8Array(200_000)], 'large.jpg', { type: 'image/jpeg' })
      const uploaded = await window.sdk.upload(window.sdk.client, large, {
        alt: 'A beach',
        visibility: 'public',
        onProgress: ({ ratio }) => reported.push(ratio),
      })
      return { media: uploaded, ratios: reported }
    })
    await devtools.send('Network.emulateNetworkConditions', { ...slowly, uploadThroughput: -1 })
    expect(media).toMatchObject({ filename: 'large.jpg', alt: 'A beach', status: 'processing' })
    expect(ratios.length).toBeGreaterThan(1)
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b))
    expect(ratios.at(-1)).toBe(1)
  })

  it('then an upload can be cancelled', async () => {
    const name = await page.evaluate(async () => {
      const stop = new AbortController()
      const uploading = window.sdk.upload(window.sdk.client, window.file, {
        signal: stop.signal,
        onProgress: () => stop.abort(),
      })
      stop.abort()
      return uploading.then(
        () => 'uploaded',
        (error: Error) => error.name,
      )
    })
    expect(name).toBe('AbortError')
  })

  it('then a rejected upload is the problem of the server', async () => {
    const problem = await page.evaluate(async () => {
      const { client, isProblem, upload } = window.sdk
      return upload(client, new File(['text'], 'a.txt'), { onProgress: () => {} }).catch((error: unknown) =>
        isProblem(error) ? { code: error.code, hasId: Boolean(error.requestId) } : undefined,
      )
    })
    expect(problem).toEqual({ code: 'unsupported-media-type', hasId: true })
  })

  it('then events arrive, and the ready picture is shown in a modern format with its placeholder', async () => {
    const shown = await page.evaluate(async () => {
      const { client, createPicture, mediaEvents, upload, whenReady } = window.sdk
      const media = await upload(client, window.file, { visibility: 'public', alt: 'A beach' })
      const types: string[] = []
      for await (const { type } of mediaEvents(client, media.id)) {
        types.push(type)
        if (type === 'ready') break
      }
      const element = createPicture(await whenReady(client, media), { sizes: '300px', loading: 'eager' })
      document.body.append(element)
      const image = element.querySelector('img') ?? new Image()
      await image.decode()
      const placeholder = new Image()
      placeholder.src = /url\("?([^")]+)"?\)/.exec(image.style.backgroundImage)?.[1] ?? ''
      await placeholder.decode()
      const { alt, currentSrc, naturalWidth, width, height } = image
      const proportions = placeholder.naturalWidth / placeholder.naturalHeight
      return { types, alt, currentSrc, naturalWidth, width, height, proportions }
    })
    expect(shown.types[0]).toBe('queued')
    expect(shown.types).toContain('size-ready')
    expect(shown.currentSrc).toMatch(/\/sizes\/\w+\.avif\?v=1$/)
    expect(shown.naturalWidth).toBeGreaterThan(0)
    expect(shown.alt).toBe('A beach')
    expect(shown.proportions).toBeCloseTo(shown.width / shown.height, 0)
  })
})
