import type { Media, Size, Version } from '@likeness/internal-api'
import { fingerprintOf, type FocalPoint } from '@likeness/media-jobs'

import type { PresetsInForce } from '../presets/presets-in-force.ts'
import type { MediaRow } from './media-rows.ts'
import type { SizeJson, VersionJson } from './version-rows.ts'

/** What the representations depend on, in addition to the rows. */
export interface Presentation {
  presets: PresetsInForce
  /** With PUBLIC_URL, the URLs are absolute; without it, they are paths. */
  environment: { PUBLIC_URL?: string | undefined }
}

/** The representation of a media. */
export function presentMedia(media: MediaRow, presentation: Presentation): Media {
  const focalPoint = focalPointOf(media)
  const version = media.currentVersion
  return {
    id: media.id,
    ownerId: media.ownerId,
    title: media.title,
    alt: media.alt,
    filename: media.filename,
    mimeType: media.mimeType,
    kind: media.kind,
    visibility: media.visibility,
    status: media.status,
    focalPoint,
    tags: media.tags,
    currentVersion: version ? presentVersion(media, version, presentation) : null,
    trashedAt: media.trashedAt?.toISOString() ?? null,
    createdAt: media.createdAt.toISOString(),
    updatedAt: media.updatedAt.toISOString(),
  }
}

export function presentVersion(
  media: MediaRow,
  version: VersionJson,
  { presets, environment: { PUBLIC_URL = '' } }: Presentation,
): Version {
  const focalPoint = focalPointOf(media)
  return {
    number: version.number,
    sha256: version.sha256,
    bytes: version.bytes,
    width: version.width,
    height: version.height,
    format: version.format,
    animated: version.animated,
    hasAlpha: version.hasAlpha,
    thumbhash: version.thumbhash,
    dominantColor: version.dominantColor,
    camera:
      version.cameraMake === null && version.cameraModel === null
        ? null
        : { make: version.cameraMake, model: version.cameraModel },
    takenAt: version.takenAt,
    status: version.status,
    error: version.errorCode ? { code: version.errorCode, message: version.errorMessage ?? '' } : null,
    derivedFrom: version.derivedFrom,
    operations: version.operations,
    sizes: version.sizes.map((size) => ({
      ...presentSize(size),
      url: `${PUBLIC_URL}/api/v1/media/${media.id}/sizes/${size.preset}.${size.format}?v=${version.number}`,
      stale: isStale(size, focalPoint, presets),
    })),
    createdAt: new Date(version.createdAt).toISOString(),
  }
}

function presentSize(size: SizeJson): Omit<Size, 'stale' | 'url'> {
  return {
    preset: size.preset,
    // Workers write only these formats.
    format: size.format as Size['format'],
    width: size.width,
    height: size.height,
    bytes: size.bytes,
  }
}

function isStale(size: SizeJson, focalPoint: FocalPoint | null, presets: PresetsInForce): boolean {
  const preset = presets.find(size.preset)
  return !preset || fingerprintOf(preset, focalPoint) !== size.fingerprint
}

function focalPointOf({ focalX: x, focalY: y }: MediaRow): FocalPoint | null {
  return x === null || y === null ? null : { x, y }
}
