#!/usr/bin/env bash
# Downloads the photos with which the picture benchmarks were run. They are in packages, which it does not install:
#
#   bench/fetch-photos.sh FOLDER
#
# Debian's lomiri-wallpapers-16.04, lomiri-wallpapers-20.04, mate-backgrounds and plasma-workspace-wallpapers (each
# names the photographers and licences in /usr/share/doc), and people from the registry's @vladmandic/face-api.
# Needs apt-get, dpkg-deb and npm.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '4s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
cd "$unpacked"

apt-get download --quiet --quiet -o APT::Sandbox::User=root \
  lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 mate-backgrounds plasma-workspace-wallpapers
for package in *.deb; do dpkg-deb --extract "$package" .; done
npm pack --silent @vladmandic/face-api@1.7.15 >/dev/null
tar --extract --file vladmandic-face-api-*.tgz

copy() { # copy FOLDER FILE…
  local from=$1
  shift
  for file in "$@"; do cp "$from/$file" "$folder/$(tr '/' '-' <<<"${file/contents\/images\//}")"; done
}

copy package/demo sample{1,2,3,4,5,6}.jpg
copy usr/share/backgrounds \
  Bridge_by_Sander_Klootwijk.jpg Dragonfly_by_Bolly.jpg Wine_by_Jakkub_Mede.jpg \
  aitzgorri_by_Aitzol_Berasategi.jpg free_by_Peter_Nerlich.jpg friends_by_Aitzol_Berasategi.jpg \
  life_by_Aitzol_Berasategi.jpg picosdeeuropa_by_Aitzol_Berasategi.jpg seeding_by_Clements_Engelhardt.jpg \
  sunset_by_Aitzol_Berasategi.jpg Kleiber_by_Lukas_Baubkus.jpg
copy usr/share/backgrounds/mate/nature Garden.jpg LadyBird.jpg RainDrops.jpg
copy usr/share/wallpapers {ColorfulCups,EveningGlow,FallenLeaf,OneStandsOut}/contents/images/2560x1600.jpg

echo "$(find "$folder" -type f | wc -l) photos in $folder"
