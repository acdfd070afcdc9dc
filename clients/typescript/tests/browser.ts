import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { findChromium } from '@likeness/test-kit'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

import type { Session } from '../src/auth/index.ts'
import type * as events from '../src/events/index.ts'
import type * as main from '../src/index.ts'
import type * as picture from '../src/picture/index.ts'
import type * as upload from '../src/upload/index.ts'

/** What the test page puts into `window`: every entry of the client, and a client with a session of the browser. */
type Sdk = typeof main & typeof events & typeof picture & typeof upload & { auth: Session; client: main.Client }

declare global {
  interface Window {
    sdk: Sdk
    /** A call that a test started in the page, and awaits later. */
    pending: Promise<unknown>
    /** The picture that a test uploads. */
    file: File
  }
}

export interface TestBrowser {
  /** Opens a window whose tabs share an empty `localStorage`. */
  openWindow(): Promise<BrowserWindow>
  close(): Promise<void>
}

export interface BrowserWindow {
  context: BrowserContext
  /** Opens a tab on which the client is loaded. */
  openTab(): Promise<Page>
}

const tests = fileURLToPath(new URL('.', import.meta.url))
const esbuild = fileURLToPath(new URL('../../../node_modules/.bin/esbuild', import.meta.url))

/** Starts a browser for pages of this origin. */
export async function startBrowser(origin: string): Promise<TestBrowser> {
  const [browser, script] = await Promise.all([
    // Chromium refuses its sandbox to root, the user of most containers.
    chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-dev-shm-usage'] }),
    bundle(),
  ])
  return {
    async openWindow() {
      const context = await browser.newContext()
      context.setDefaultTimeout(100_000)
      await context.route(`${origin}/test.js`, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: script }),
      )
      await context.route(`${origin}/test`, (route) => route.fulfill({ contentType: 'text/html', body: html }))
      return {
        context,
        async openTab() {
          const page = await context.newPage()
          await page.goto(`${origin}/test`)
          await page.waitForFunction(() => 'sdk' in window)
          return page
        },
      }
    },
    close: () => browser.close(),
  }
}

const html =
  '<!doctype html><title>Test</title><link rel="icon" href="data:,"><script type="module" src="/test.js"></script>'

/** A separate process, because esbuild does not run in the sandbox of jest. */
async function bundle(): Promise<string> {
  const options = ['--bundle', '--format=esm', '--target=es2022', '--conditions=source']
  const { stdout } = await promisify(execFile)(esbuild, ['page.ts', ...options], { cwd: tests, maxBuffer: 1e8 })
  return stdout
}
