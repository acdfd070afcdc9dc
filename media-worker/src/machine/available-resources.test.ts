import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { readAvailableResources } from './available-resources.ts'

const GB = 1_073_741_824
const machine = { cores: 8, memoryBytes: 16 * GB }

describe('the resources of a process', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'likeness-machine-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const resourcesWith = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return readAvailableResources(root, machine)
  }

  it('are the resources of the machine if there is no limit or no control group', () => {
    expect(resourcesWith({})).toEqual(machine)
    expect(
      resourcesWith({
        'proc/self/cgroup': '0::/\n',
        'sys/fs/cgroup/cpu.max': 'max 100000\n',
        'sys/fs/cgroup/memory.max': 'max\n',
      }),
    ).toEqual(machine)
  })

  it('are limited by version 2 of control groups in a container, whose own group is the root', () => {
    expect(
      resourcesWith({
        'proc/self/cgroup': '0::/\n',
        'sys/fs/cgroup/cpu.max': '150000 100000\n',
        'sys/fs/cgroup/memory.max': '2147483648\n',
      }),
    ).toEqual({ cores: 1.5, memoryBytes: 2 * GB })
  })

  it('are the lowest limit of all levels, separately for cores and memory', () => {
    expect(
      resourcesWith({
        'proc/self/cgroup': '0::/kubepods/pod1/worker\n',
        'sys/fs/cgroup/kubepods/pod1/worker/cpu.max': '400000 100000\n',
        'sys/fs/cgroup/kubepods/pod1/worker/memory.max': '1073741824\n',
        'sys/fs/cgroup/kubepods/pod1/cpu.max': '200000 100000\n',
        'sys/fs/cgroup/kubepods/pod1/memory.max': 'max\n',
        'sys/fs/cgroup/kubepods/memory.max': '4294967296\n',
      }),
    ).toEqual({ cores: 2, memoryBytes: GB })
  })

  it('are read from the root if the own group is outside the mounted file system', () => {
    expect(
      resourcesWith({ 'proc/self/cgroup': '0::/docker/abc\n', 'sys/fs/cgroup/cpu.max': '50000 100000\n' }).cores,
    ).toBe(0.5)
    expect(
      resourcesWith({ 'proc/self/cgroup': '0::/../../other\n', 'sys/fs/cgroup/cpu.max': '300000 100000\n' }).cores,
    ).toBe(3)
  })

  it('are limited by version 1 of control groups, with one controller for cores and one for memory', () => {
    const groups = '9:name=systemd:/\n4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n'
    expect(
      resourcesWith({
        'proc/self/cgroup': groups,
        'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '3221225472\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us': '250000\n',
        'sys/fs/cgroup/cpu/docker/cpu.cfs_period_us': '100000\n',
      }),
    ).toEqual({ cores: 2.5, memoryBytes: 3 * GB })
  })

  it('never exceed the resources of the machine, and invalid files are ignored', () => {
    expect(
      resourcesWith({
        'proc/self/cgroup': '0::/\nnonsense\n',
        'sys/fs/cgroup/cpu.max': '6400000 100000\n',
        'sys/fs/cgroup/memory.max': 'lots\n',
      }),
    ).toEqual(machine)
    expect(resourcesWith({ 'sys/fs/cgroup/cpu.max': '0 0\n' })).toEqual(machine)
  })

  it('are read from this machine', () => {
    const { cores, memoryBytes } = readAvailableResources()
    expect(cores).toBeGreaterThan(0)
    expect(memoryBytes).toBeGreaterThan(GB / 8)
  })
})
