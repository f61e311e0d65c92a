#!/bin/sh
# Runs the official SDK against the simulator: run.sh SOURCE_FOLDER BUILD_FOLDER SERVER. Prints TAP.
# The SDK is installed into the build folder; without node, npm or a way to its registry the test is skipped.
set -eu
source=$1 work=$2/nylas_sdk_test server=$(realpath "$3")

skip() {
  echo "1..0 # SKIP $1"
  exit 0
}

command -v node >/dev/null || skip 'node is not installed'
command -v npm >/dev/null || skip 'npm is not installed'
mkdir -p "$work"
cp "$source/package.json" "$source/sdk_test.mjs" "$work"
cd "$work"
if ! [ -d node_modules/nylas ] || [ package.json -nt node_modules ]; then
  npm install --no-audit --no-fund --no-package-lock --loglevel=error --fetch-retries=1 --fetch-timeout=20000 >install.log 2>&1 ||
    skip "npm could not install the SDK: $(grep -v '^$' install.log | tail -n 1 | cut -c1-200)"
  touch node_modules
fi
NOVA_SIMULATOR=$server exec node --test-reporter=tap sdk_test.mjs
