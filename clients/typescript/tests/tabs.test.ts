import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { sharedSystem, type System } from '@likeness/test-kit'
import type { Page, Route } from 'playwright-core'

import { startBrowser, type BrowserWindow, type TestBrowser } from './browser.ts'

describe('When several tabs of a browser share a session', () => {
  let system: System
  let browser: TestBrowser
  let browserWindow: BrowserWindow

  beforeAll(async () => {
    system = await sharedSystem()
    browser = await startBrowser(system.gatewayUrl)
  })
  beforeEach(async () => {
    await browserWindow?.context.close()
    browserWindow = await browser.openWindow()
  })
  afterAll(async () => {
    await browser?.close()
  })

  it('then twenty tabs that refresh at the same time all continue, with one session', async () => {
    const tabs = await openTabs(20)
    const refreshes = await refreshTogether(20)
    await expire(tabs[0])
    const emails = await Promise.all(tabs.map(readEmail))
    expect(refreshes()).toBe(20)
    expect(new Set(emails).size).toBe(1)
    // The tokens in the store are the last ones that the server issued: they are accepted, and can be refreshed.
    await Promise.all(tabs.map(readEmail))
    expect(refreshes()).toBe(20)
    await expire(tabs[0])
    await Promise.all(tabs.map(readEmail))
    expect(await Promise.all(tabs.map(emailOf))).toEqual(emails)
  })

  it('then a tab that was frozen during its refresh wakes up with the tokens of the others', async () => {
    const [frozen, other] = await openTabs(2)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let isAnswered = false
    await frozen.route('**/auth/refresh', async (route) => {
      const response = await route.fetch()
      isAnswered = true
      await held
      await route.fulfill({ response })
    })
    await expire(frozen)
    await frozen.evaluate(() => {
      window.pending = window.sdk.getCurrentUser(window.sdk.client)
    })
    await waitUntil(() => isAnswered)
    const devtools = await browserWindow.context.newCDPSession(frozen)
    await devtools.send('Debugger.enable')
    await devtools.send('Debugger.pause')
    const isStopped = new Promise((resolve) => devtools.once('Debugger.paused', resolve))
    release()
    await isStopped

    // The token that the frozen tab has used is now older than the last one, and would end the session.
    for (let refresh = 0; refresh < 2; refresh += 1) {
      await readEmail(other)
      await expire(other)
    }
    await readEmail(other)
    const newest = await storedText(other)
    await devtools.send('Debugger.disable')
    await frozen.evaluate(() => window.pending)
    expect(await storedText(frozen)).toBe(newest)
    expect(await readEmail(frozen)).toBe(await readEmail(other))
  })

  it('then a logout during a refresh wins, in every tab and on the server', async () => {
    const [refreshing, other] = await openTabs(2)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let refreshed: { refreshToken: string } | undefined
    await refreshing.route('**/auth/refresh', async (route) => {
      const response = await route.fetch()
      refreshed = (await response.json()) as { refreshToken: string }
      await held
      await route.fulfill({ response })
    })
    await expire(refreshing)
    await refreshing.evaluate(() => {
      window.pending = window.sdk.getCurrentUser(window.sdk.client).catch((error: Error) => error.name)
    })
    await waitUntil(() => refreshed !== undefined)
    await other.evaluate(() => window.sdk.auth.logout())
    release()

    expect(await refreshing.evaluate(() => window.pending)).toBe('ProblemError')
    expect(await emailOf(refreshing)).toBeUndefined()
    expect(await emailOf(other)).toBeUndefined()
    expect(JSON.parse(await storedText(other))).not.toHaveProperty('session')
    const answer = await fetch(`${system.authUrl}/api/v1/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: refreshed?.refreshToken }),
    })
    expect(answer.status).toBe(401)
  })

  it('then a login in one tab is noticed by the others', async () => {
    const [first, second] = [await browserWindow.openTab(), await browserWindow.openTab()]
    await second.evaluate(() => {
      window.pending = new Promise((resolve) => window.sdk.auth.subscribe((user) => user && resolve(user.name)))
    })
    await register(first)
    expect(await second.evaluate(() => window.pending)).toBe('Ada')
  })

  /** Opens tabs in which the same new user is logged in. */
  async function openTabs<Count extends number>(count: Count) {
    const first = await browserWindow.openTab()
    await register(first)
    const others = await Promise.all(Array.from({ length: count - 1 }, () => browserWindow.openTab()))
    return [first, ...others] as [Page, Page, ...Page[]]
  }

  /** Sends this number of requests for a refresh at the same time, and later ones at once. Returns how many there were. */
  async function refreshTogether(count: number): Promise<() => number> {
    let sent = 0
    const held: Route[] = []
    await browserWindow.context.route('**/auth/refresh', async (route) => {
      sent += 1
      if (sent > count) return route.continue()
      held.push(route)
      if (sent === count) await Promise.all(held.map((one) => one.continue()))
    })
    return () => sent
  }
})

const register = (page: Page) =>
  page.evaluate(async () => {
    const email = `ada-${crypto.getRandomValues(new Uint32Array(2)).join('')}@example.com`
    await window.sdk.auth.register({ email, password: 'a long enough password', name: 'Ada' })
  })

/** Makes the client of every tab refresh before its next request. */
const expire = (page: Page) =>
  page.evaluate(() => {
    const stored = JSON.parse(localStorage.getItem('likeness-session') ?? '{}') as { session: { expiresAt: number } }
    stored.session.expiresAt = 0
    localStorage.setItem('likeness-session', JSON.stringify(stored))
  })

const storedText = (page: Page) => page.evaluate(() => localStorage.getItem('likeness-session') ?? '')
const emailOf = (page: Page) => page.evaluate(() => window.sdk.auth.user?.email)
const readEmail = (page: Page) => page.evaluate(async () => (await window.sdk.getCurrentUser(window.sdk.client)).email)

async function waitUntil(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setTimeout(resolve, 20))
}
